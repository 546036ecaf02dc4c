package core

import (
	"log/slog"
	"strings"
)

// Secret is text that shows itself to nobody who does not ask: whatever prints,
// logs or encodes it writes "***".
type Secret struct{ value string }

// NewSecret hides value.
func NewSecret(value string) Secret { return Secret{value} }

// Reveal is the hidden text.
func (s Secret) Reveal() string { return s.value }

func (s Secret) String() string               { return hidden }
func (s Secret) GoString() string             { return "core.Secret(" + hidden + ")" }
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }
func (s Secret) LogValue() slog.Value         { return slog.StringValue(hidden) }

const hidden = "***"

// secretOptions are the options of a [BackendConfig] whose values are secrets.
var secretOptions = map[string]bool{
	"key": true, "secret": true, "password": true, "account_key": true, "sas_token": true,
	"connection_string": true, "client_secret": true, "client_certificate": true, "client_cert": true,
	"access_key_id": true, "secret_access_key": true, "session_token": true, "token": true, "client_key": true,
	"sse_customer_key_base64": true, "default_headers": true,
}

// proxyOptions are those whose URL may hold a password.
var proxyOptions = map[string]bool{"http_proxy": true, "https_proxy": true, "proxy_url": true, "http": true, "https": true}

// hideSecrets makes a [Secret] of each secret in options that came out of
// JSON, however deep, and of each header.
func hideSecrets(options map[string]any) { hide(options, false) }

func hide(options map[string]any, all bool) {
	for name, value := range options {
		switch v := value.(type) {
		case string:
			if all || secretOptions[fold(name)] || proxyOptions[fold(name)] && strings.Contains(v, "@") {
				options[name] = NewSecret(v)
			}
		case map[string]any:
			hide(v, all || fold(name) == "default_headers")
		}
	}
}
