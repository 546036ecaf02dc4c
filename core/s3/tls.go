package s3

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net"
	"os"
	"strings"
	"sync"

	"github.com/libremotestore/libremotestore/core/errs"
)

// tlsConfig is for connections to the endpoint. caBundle is trusted instead of
// the system's certificates, if there is one. What to trust is parsed for the
// first connection: the 140 of a system take 4 ms and leave 1 MB of garbage.
func (c Config) tlsConfig(caBundle []byte) (func() *tls.Config, error) {
	config := &tls.Config{InsecureSkipVerify: c.AnyCertificate}
	trusting := sync.OnceValue(func() *tls.Config {
		config.RootCAs = roots(caBundle, c.RootCertificate)
		return config
	})
	if c.ClientCertificate == "" {
		return trusting, nil
	}
	certificate, err := c.readPEM("client_certificate", c.ClientCertificate)
	if err != nil {
		return nil, err
	}
	key := certificate
	if c.ClientKey != "" {
		if key, err = c.readPEM("client_key", c.ClientKey); err != nil {
			return nil, err
		}
	}
	pair, err := tls.X509KeyPair(certificate, key)
	if err != nil {
		return nil, errs.Wrap(err, errs.InvalidOption, "%s and %s are no certificate and its key in PEM form: %s",
			c.Name("client_certificate"), c.Name("client_key"), oneLine(err))
	}
	config.Certificates = []tls.Certificate{pair}
	return trusting, nil
}

// roots are the certificates to trust; nil is the system's.
func roots(caBundle []byte, more string) *x509.CertPool {
	if caBundle == nil && more == "" {
		return nil
	}
	pool := x509.NewCertPool()
	if caBundle != nil {
		pool.AppendCertsFromPEM(caBundle)
	} else if system, err := x509.SystemCertPool(); err == nil {
		pool = system
	}
	pool.AppendCertsFromPEM([]byte(more))
	return pool
}

// firstCertificate is a bundle up to the end of the first certificate in it,
// which is nothing if there is none.
func firstCertificate(bundle []byte) []byte {
	for rest := bundle; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return nil
		}
		beginning := bundle[:len(bundle)-len(rest)]
		if x509.NewCertPool().AppendCertsFromPEM(pem.EncodeToMemory(block)) {
			return beginning
		}
	}
}

// readPEM returns the value of an option that is PEM, or names a file of it.
func (c Config) readPEM(option, value string) ([]byte, error) {
	if strings.Contains(value, "-----BEGIN ") {
		return []byte(value), nil
	}
	pem, err := os.ReadFile(value)
	if err != nil { // which would repeat the name, perhaps a broken key
		return nil, errs.New(errs.InvalidOption, "%s must be in PEM form, -----BEGIN and so on, or a file that can be read",
			c.Name(option))
	}
	return pem, nil
}

// dialTLS connects to the endpoint itself and to an https proxy, for which
// other certificates are trusted. net/http has one configuration for both.
func (c Config) dialTLS(dial dialFunc, config *tls.Config, caBundle []byte) dialFunc {
	proxies := c.proxyAddresses()
	forProxy := config.Clone()
	forProxy.Certificates = nil
	forProxy.RootCAs = roots(caBundle, c.RootCertificate+"\n"+c.ProxyCertificate)
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		own := config.Clone()
		if proxies[address] {
			own = forProxy.Clone()
		}
		own.ServerName = host
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		ctx, cancel := context.WithTimeout(ctx, c.connectTimeout())
		defer cancel()
		secured := tls.Client(conn, own)
		if err := secured.HandshakeContext(ctx); err != nil {
			conn.Close()
			return nil, err
		}
		return secured, nil
	}
}
