package fastlane

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/smithy-go/encoding/httpbinding"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// The keys and the requests of AWS's documentation.
var documented = Keys{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}

const documentedDate = "20130524T000000Z"

func headersOf(payload string, others ...Header) []Header {
	headers := append(others, Header{"host", "examplebucket.s3.amazonaws.com"},
		Header{"x-amz-content-sha256", payload}, Header{"x-amz-date", documentedDate})
	slices.SortFunc(headers, func(a, b Header) int { return strings.Compare(a.Name, b.Name) })
	return headers
}

// "Signature Calculations for the Authorization Header: Transferring Payload in a
// Single Chunk", S3 API Reference. Its examples have no spaces behind the commas.
func TestExamplesOfTheDocumentation(t *testing.T) {
	const text = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072" // Welcome to Amazon S3.
	for _, c := range []struct {
		method, path, query string
		payload             string
		others              []Header
		names, want         string
	}{
		{"GET", "/test.txt", "", emptyHash, []Header{{"range", "bytes=0-9"}},
			"host;range;x-amz-content-sha256;x-amz-date", "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"},
		{"PUT", "/test%24file.text", "", text, []Header{{"date", "Fri, 24 May 2013 00:00:00 GMT"}, {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
			"date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class", "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"},
		{"GET", "/", "lifecycle=", emptyHash, nil,
			"host;x-amz-content-sha256;x-amz-date", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"},
		{"GET", "/", "max-keys=2&prefix=J", emptyHash, nil,
			"host;x-amz-content-sha256;x-amz-date", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"},
	} {
		got, _ := NewSigner("us-east-1", "s3").AppendAuthorization([]byte("authorization: "), nil, documented, documentedDate,
			c.method, []byte(c.path), []byte(c.query), headersOf(c.payload, c.others...), c.payload)
		assert.Equal(t, "authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders="+
			c.names+", Signature="+c.want, string(got))
	}
}

func TestDate(t *testing.T) {
	s := NewSigner("us-east-1", "s3")
	at := time.Date(2026, 11, 22, 1, 0, 0, 999_999_999, time.FixedZone("", 9*3600))
	assert.Equal(t, "20261121T160000Z", s.Date(at))
	assert.Equal(t, "20261121T160001Z", s.Date(at.Add(1)), "the second after it")
	assert.Equal(t, "20261121T160000Z", s.Date(at), "the clock was set back")
}

// request is one to be signed, as the signers get it.
type request struct {
	keys                 Keys
	region, service      string
	at                   time.Time
	method, scheme, host string
	bucket, key, payload string
	query                url.Values
	headers              map[string]string
	length               int64
	unsigned             map[string]string // headers that neither signs
}

func TestSignaturesAreThoseOfTheSDK(t *testing.T) {
	const seed = 20130524
	random := rand.New(rand.NewPCG(seed, 1))
	signers := map[string]*Signer{}
	n := 5000
	if testing.Short() {
		n = 1000
	}
	var scratch []byte
	for i := range n {
		r := randomRequest(random)
		scope := r.region + "/" + r.service
		if signers[scope] == nil {
			signers[scope] = NewSigner(r.region, r.service)
		}
		var ours string
		ours, scratch = r.ours(signers[scope], scratch)
		require.Equal(t, r.theirs(t), ours, "request %d of seed %d: %q %q %q %q %q %d", i, seed, r.host, r.bucket, r.key, r.query, r.headers, r.length)
	}
}

func (r request) ours(s *Signer, scratch []byte) (authorization string, again []byte) {
	date := s.Date(r.at)
	headers := []Header{{"host", r.host}, {"x-amz-content-sha256", r.payload}, {"x-amz-date", date}}
	if token := r.keys.SessionToken; token != "" {
		headers = append(headers, Header{r.tokenHeader(), token})
	}
	if r.length > 0 {
		headers = append(headers, Header{"content-length", strconv.FormatInt(r.length, 10)})
	}
	for name, value := range r.headers {
		headers = append(headers, Header{name, value})
	}
	slices.SortFunc(headers, func(a, b Header) int { return strings.Compare(a.Name, b.Name) })

	// As in a request that is built: the path and the query are in what is appended to.
	dst := append(make([]byte, 0, 64), r.method+" /"+escape(r.bucket+"/"+r.key, "/")...)
	path := dst[len(r.method)+1:]
	dst = append(dst, '?')
	line := len(dst)
	dst = append(dst, canonicalQuery(r.query)...)
	query := dst[line:]
	dst = append(dst, '\n')
	line = len(dst)
	dst, again = s.AppendAuthorization(dst, scratch, r.keys, date, r.method, path, query, headers, r.payload)
	return string(dst[line:]), again
}

// theirs is what the SDK's signer makes of the request. It adds the date and a session
// token, takes the host from the request and the length from its body, and leaves out
// five headers: those of unsigned. It is a new one for each, since it keeps its key
// where the secret changes and the access key does not.
func (r request) theirs(t *testing.T) string {
	t.Helper()
	key := "/" + r.bucket + "/" + r.key
	sent := &http.Request{
		Method:        r.method,
		URL:           &url.URL{Scheme: r.scheme, Host: r.host, Path: key, RawPath: httpbinding.EscapePath(key, false), RawQuery: r.query.Encode()},
		Header:        http.Header{"X-Amz-Content-Sha256": {r.payload}},
		ContentLength: r.length,
	}
	for _, headers := range []map[string]string{r.headers, r.unsigned} {
		for name, value := range headers {
			sent.Header.Set(name, value)
		}
	}
	keys := aws.Credentials{AccessKeyID: r.keys.AccessKeyID, SecretAccessKey: r.keys.SecretAccessKey, SessionToken: r.keys.SessionToken}
	require.NoError(t, sdkSigner().SignHTTP(t.Context(), keys, sent, r.payload, r.service, r.region, r.at, func(o *v4.SignerOptions) {
		if r.service == "s3express" && r.keys.SessionToken != "" {
			o.DisableSessionToken = true
			sent.Header.Set(r.tokenHeader(), r.keys.SessionToken)
		}
	}))
	assert.Empty(t, sent.Host, "the host that it signs is another one")
	return sent.Header.Get("Authorization")
}

// sdkSigner is the SDK's, as service/s3 has it.
func sdkSigner() *v4.Signer {
	return v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
}

func (r request) tokenHeader() string {
	if r.service == "s3express" {
		return "x-amz-s3session-token"
	}
	return "x-amz-security-token"
}

func randomRequest(random *rand.Rand) request {
	pick := func(from ...string) string { return from[random.IntN(len(from))] }
	text := func(most int) string { return randomText(random, most) }
	r := request{
		keys:     Keys{pick("AKID", "ASIAOTHER"), pick("secret", "other/+secret"), pick("", "", "token/+==", " token  of spaces ")},
		region:   pick("us-east-1", "eu-central-2", "auto", "", "odd/region"),
		service:  pick("s3", "s3", "s3express"),
		at:       time.Date(2026, 12, 30+random.IntN(4), random.IntN(24), random.IntN(60), random.IntN(60), random.IntN(1e9), time.FixedZone("", 3600*(random.IntN(25)-12))),
		method:   pick("GET", "HEAD", "PUT", "POST", "DELETE"),
		scheme:   pick("http", "https"),
		host:     pick("bucket.s3.eu-central-2.amazonaws.com", "localhost:9000", "127.0.0.1:65535", "[::1]:9000", "xn--bcher-kva.example", "s3.example:8443"),
		bucket:   pick("bucket", "a.b", ""),
		key:      text(40),
		payload:  pick(emptyHash, "UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", ""),
		query:    url.Values{},
		headers:  map[string]string{},
		unsigned: map[string]string{},
	}
	if r.payload == "" {
		hash := make([]byte, 32)
		for i := range hash {
			hash[i] = byte(random.UintN(256))
		}
		r.payload = hex.EncodeToString(hash)
	}
	if random.IntN(2) == 0 {
		r.length = random.Int64N(1 << 43)
	}
	for range random.IntN(5) {
		name := pick("list-type", "prefix", "uploads", "uploadId", "partNumber", "x-id", "versionId", "continuation-token", "Prefix", text(6))
		r.query.Add(name, pick("", "2", text(12)))
	}
	for range random.IntN(7) {
		name := pick("range", "if-match", "if-none-match", "if-modified-since", "content-type", "content-md5", "cache-control",
			"x-amz-checksum-crc64nvme", "x-amz-server-side-encryption", "x-amz-request-payer", "accept-encoding", "z",
			"x-amz-meta-"+strconv.Itoa(random.IntN(30)), "x-amz-meta-a_b.c", "amz-sdk-request")
		r.headers[name] = pick("bytes=0-9", `"etag"`, "", " ", "    ", "  a", "b  ", " a   b  c ", "\ta \t b\t", "a,  b", "\u00a0 é  è", text(20))
	}
	for range random.IntN(3) {
		r.unsigned[pick("User-Agent", "Expect", "X-Amzn-Trace-Id", "Transfer-Encoding", "Authorization")] = "x  y"
	}
	return r
}

// randomText has all bytes, and those more often that are something in a URL or a header.
func randomText(random *rand.Rand, most int) string {
	const odd = "  //..%%++~~&=;?#$:@!'()*,[]\\\"<>|^`{}-_\t\n\r\x00\x7f\xff"
	var b []byte
	for range random.IntN(most + 1) {
		switch random.IntN(4) {
		case 0:
			b = append(b, byte(random.UintN(256)))
		case 1:
			b = append(b, odd[random.IntN(len(odd))])
		case 2:
			b = append(b, string([]rune("éßñ漢字🙂\u2028\u0301")[random.IntN(8)])...)
		default:
			b = append(b, byte('a'+random.IntN(26)))
		}
	}
	return string(b)
}

// escape is the encoding of SigV4, but for the bytes of keep.
func escape(text, keep string) string {
	var b strings.Builder
	for i := range len(text) {
		if c := text[i]; 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || strings.IndexByte("-._~"+keep, c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func canonicalQuery(query url.Values) string {
	pairs := [][2]string{}
	for name, values := range query {
		for _, value := range values {
			pairs = append(pairs, [2]string{escape(name, ""), escape(value, "")})
		}
	}
	slices.SortFunc(pairs, func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
	var b strings.Builder
	for i, pair := range pairs {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(pair[0] + "=" + pair[1])
	}
	return b.String()
}

// Threads whose keys, days and requests are others do not see each other's.
func TestSignersOfManyThreads(t *testing.T) {
	s := NewSigner("us-east-1", "s3")
	var wg sync.WaitGroup
	for thread := range 8 {
		wg.Go(func() {
			keys := Keys{AccessKeyID: "AKID", SecretAccessKey: "secret" + strconv.Itoa(thread%3)}
			at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
			var wants [3]string
			for i := range wants {
				wants[i] = authorization(NewSigner("us-east-1", "s3"), keys, at.AddDate(0, 0, i))
			}
			for i := range 2000 {
				if !assert.Equal(t, wants[i%3], authorization(s, keys, at.AddDate(0, 0, i%3))) {
					return
				}
			}
		})
	}
	wg.Wait()
}

func authorization(s *Signer, keys Keys, at time.Time) string {
	date := s.Date(at)
	got, _ := s.AppendAuthorization(nil, nil, keys, date, "GET", []byte("/a"), nil, []Header{{"host", "h"}, {"x-amz-date", date}}, emptyHash)
	return string(got)
}

func TestTheKeyFollowsAChange(t *testing.T) {
	s := NewSigner("us-east-1", "s3")
	at := time.Date(2026, 1, 1, 23, 59, 59, 0, time.UTC)
	first := Keys{AccessKeyID: "AKID", SecretAccessKey: "secret"}
	seen := map[string]bool{}
	for _, c := range []struct {
		keys Keys
		at   time.Time
	}{
		{first, at},
		{first, at.Add(time.Second)}, // another day
		{Keys{AccessKeyID: "AKID", SecretAccessKey: "other"}, at.Add(time.Second)},
		{Keys{AccessKeyID: "OTHER", SecretAccessKey: "other"}, at.Add(time.Second)},
		{first, at.AddDate(1, 0, 0)},
	} {
		got := authorization(s, c.keys, c.at)
		assert.Equal(t, authorization(NewSigner("us-east-1", "s3"), c.keys, c.at), got)
		assert.False(t, seen[got], "it is that of another one")
		seen[got] = true
	}
	assert.True(t, seen[authorization(s, first, at)], "back to the first")
}

func TestKeysShowThemselvesToNobody(t *testing.T) {
	s := NewSigner("us-east-1", "s3")
	keys := Keys{AccessKeyID: "AKID", SecretAccessKey: "verysecret", SessionToken: "verytoken"}
	authorization(s, keys, time.Now())
	day := s.today.Load()
	require.NotNil(t, day)
	hidden := []string{"AKID", "verysecret", "verytoken", hex.EncodeToString([]byte("verysecret")),
		strings.Trim(fmt.Sprint(day.inner[:8]), "[]"), hex.EncodeToString(day.inner[:8])}
	var log bytes.Buffer
	for name, value := range map[string]any{
		"keys": keys, "pointer": &keys, "in a struct": struct{ K Keys }{keys}, "list": []Keys{keys},
		"signer": s, "in a field": struct{ s *Signer }{s}, "day": day, "day's value": *day,
	} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&log, "%s "+verb+"\n", name, value)
		}
		encoded, err := json.Marshal(value)
		require.NoError(t, err)
		log.Write(encoded)
		slog.New(slog.NewTextHandler(&log, nil)).Info(name, "value", value)
		slog.New(slog.NewJSONHandler(&log, nil)).Info(name, "value", value)
	}
	for _, secret := range hidden {
		assert.NotContains(t, log.String(), secret)
	}
}

// get is a request as the fast lane sends most.
type get struct {
	signer                 *Signer
	path, authorization, b []byte
	headers                [4]Header
}

func newGet() *get {
	return &get{
		signer: NewSigner("eu-central-2", "s3"),
		path:   []byte("/bucket/dir/key-000001"),
		headers: [4]Header{{"host", "bucket.s3.eu-central-2.amazonaws.com"}, {"range", "bytes=0-4095"},
			{"x-amz-content-sha256", emptyHash}, {"x-amz-date", ""}},
	}
}

func (g *get) sign(at time.Time) {
	date := g.signer.Date(at)
	g.headers[3].Value = date
	g.authorization, g.b = g.signer.AppendAuthorization(g.authorization[:0], g.b, documented, date, "GET", g.path, nil, g.headers[:], emptyHash)
}

func TestSigningAllocatesNothing(t *testing.T) {
	g, at := newGet(), time.Now()
	assert.Zero(t, testing.AllocsPerRun(1000, func() { g.sign(at) }))
	assert.LessOrEqual(t, testing.AllocsPerRun(1000, func() {
		at = at.Add(time.Second)
		g.signer.Date(at)
	}), 2.0, "a second's text and its place")
}

func BenchmarkSigner(b *testing.B) {
	g := newGet()
	b.ReportAllocs()
	for b.Loop() {
		g.sign(time.Now())
	}
}

func BenchmarkSDKSigner(b *testing.B) {
	g := newGet()
	s := sdkSigner()
	keys := aws.Credentials{AccessKeyID: documented.AccessKeyID, SecretAccessKey: documented.SecretAccessKey}
	r := &http.Request{
		Method: "GET",
		URL:    &url.URL{Scheme: "https", Host: g.headers[0].Value, Path: string(g.path)},
		Header: http.Header{"Range": {g.headers[1].Value}, "X-Amz-Content-Sha256": {emptyHash}},
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := s.SignHTTP(b.Context(), keys, r, emptyHash, "s3", "eu-central-2", time.Now()); err != nil {
			b.Fatal(err)
		}
	}
}
