package s3

import (
	"cmp"
	"context"
	"crypto/tls"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

// httpClient counts the requests of an operation, for its error.
type httpClient struct {
	http.Client
	userAgent, userAgentExtra string
	timeout                   time.Duration // of a request with its answer; 0 is none
	timeoutName               string        // of that option
	proxy                     func(*url.URL) (*url.URL, error)
	tls                       func() *tls.Config
}

// transport is one of net/http that is made for the first request, with the
// certificates that it trusts: many stores send all of theirs in the fast lane.
type transport struct {
	make func() *http.Transport
	once sync.Once
	made atomic.Pointer[http.Transport]
}

func (t *transport) get() *http.Transport {
	t.once.Do(func() { t.made.Store(t.make()) })
	return t.made.Load()
}

func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) { return t.get().RoundTrip(r) }

func (t *transport) CloseIdleConnections() {
	if made := t.made.Load(); made != nil {
		made.CloseIdleConnections()
	}
}

func (c *httpClient) Do(r *http.Request) (*http.Response, error) {
	// The SDK leaves the version out, and net/http then does not wait for the
	// answer to "Expect: 100-continue", which spares a refused put its body.
	r.ProtoMajor, r.ProtoMinor = 1, 1
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		// net/http sends these again by itself where a connection out of the
		// pool breaks off or stalls: an attempt that nobody counts. It does not
		// for a body that it cannot rewind; "identity" spares it to look for one.
		r.Body, r.GetBody, r.TransferEncoding = noBody{}, nil, []string{"identity"}
	} else if r.Body != nil && r.Body != http.NoBody {
		// The SDK closes it when the head of the answer is there. Then its WriteTo
		// is an error, by which net/http, if it still looks for the end of the
		// body, ends the connection, with the rest of the answer on it.
		r.Body = struct{ io.ReadCloser }{r.Body}
	}
	c.introduce(r)
	if isSlow(r) {
		r = r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{GotConn: bePatient}))
	}
	call := callOf(r.Context())
	if first := call.first; first != nil { // the lane has sent it
		response, err := first.take(call, r)
		call.last = response
		return response, err
	}
	answered := driver.Sending(r.Context())
	call.sent++
	response, err := c.send(r)
	call.last = response
	if err == nil && r.Header.Get("X-Amz-Target") == "" { // DynamoDB comes after the write that matters
		answered(response.Header.Get("X-Amz-Request-Id"))
	}
	return response, err
}

// introduce puts who sends r into it, which is no part of the signature.
func (c *httpClient) introduce(r *http.Request) {
	if c.userAgent != "" {
		r.Header.Set("User-Agent", c.userAgent)
	}
	if c.userAgentExtra != "" {
		r.Header.Set("User-Agent", r.Header.Get("User-Agent")+" "+c.userAgentExtra)
	}
}

// send sends r once, within the timeout for it.
func (c *httpClient) send(r *http.Request) (*http.Response, error) {
	if c.timeout == 0 {
		return c.Client.Do(r)
	}
	tooLong := errs.New(errs.Unavailable, "the request took longer than %s, which is its %s", c.timeout, c.timeoutName)
	tooLong.Retryable = true
	ctx, cancel := context.WithTimeoutCause(r.Context(), c.timeout, tooLong)
	response, err := c.Client.Do(r.WithContext(ctx))
	if err != nil {
		cancel()
		return nil, err
	}
	response.Body = &timedBody{response.Body, cancel}
	return response, nil
}

// timedBody is the body of an answer, whose reads end when its time is over.
type timedBody struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (b *timedBody) Close() error {
	defer b.cancel()
	return b.ReadCloser.Close()
}

// noBody is an empty body that net/http does not know as one.
type noBody struct{}

func (noBody) Read([]byte) (int, error) { return 0, io.EOF }
func (noBody) Close() error             { return nil }

func newHTTPClient(c Config, caBundle []byte) (*httpClient, error) {
	config, err := c.tlsConfig(caBundle)
	if err != nil {
		return nil, err
	}
	proxy := c.proxy()
	return &httpClient{
		Client: http.Client{
			Transport: &transport{make: func() *http.Transport {
				made := &http.Transport{
					Proxy:                 func(r *http.Request) (*url.URL, error) { return proxy(r.URL) },
					DialContext:           c.dial(),
					TLSClientConfig:       config(),
					TLSHandshakeTimeout:   c.connectTimeout(),
					ExpectContinueTimeout: time.Second,
					MaxIdleConnsPerHost:   c.maxIdle(),
					IdleConnTimeout:       c.idleTimeout(),
					ForceAttemptHTTP2:     false, // S3 speaks HTTP/1.1
				}
				if c.ProxyCertificate != "" {
					made.DialTLSContext = c.dialTLS(made.DialContext, made.TLSClientConfig, caBundle)
				}
				return made
			}},
			// A redirect of S3 names another region or bucket, and the signature
			// would not hold there.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		userAgent:      c.UserAgent,
		userAgentExtra: c.UserAgentExtra,
		timeout:        c.Timeout,
		timeoutName:    c.Name("timeout"),
		proxy:          proxy,
		tls:            config,
	}, nil
}

func (c Config) stallTimeout() time.Duration { return cmp.Or(c.ReadTimeout, defaultStallTimeout) }

func (c Config) maxIdle() int { return cmp.Or(c.MaxPoolConnections, defaultPool) }

// idleTimeout is before a stall is seen where nobody waits.
func (c Config) idleTimeout() time.Duration {
	return min(cmp.Or(c.PoolIdleTimeout, defaultIdle), c.stallTimeout()/2)
}
