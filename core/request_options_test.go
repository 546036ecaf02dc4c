package core

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/core/s3"
)

var customerKey = base64.StdEncoding.EncodeToString([]byte("0123456789abcdef0123456789abcdef"))

func TestRequestOptionsThatAreRefused(t *testing.T) {
	short := base64.StdEncoding.EncodeToString([]byte("0123456789abcdef0123456789abcde"))
	for _, c := range []struct{ key, value, want string }{
		{"server_side_encryption", "aes256", "must be AES256, aws:kms, aws:kms:dsse or sse-c"},
		{"sse_customer_key_base64", secret, "must be 32 bytes in base64"},
		{"sse_customer_key_base64", short, "must be 32 bytes in base64"},
		{"sse_customer_key_base64", customerKey + "AAAA", "must be 32 bytes in base64"},
		{"sse_kms_key_id", "schlüssel", "printable ASCII"},
		{"sse_bucket_key_enabled", "maybe", "must be true or false"},
		{"request_payer", "somebody", "must be true, false or requester"},
		{"unsigned_payload", "maybe", "must be true or false"},
		{"disable_tagging", "maybe", "must be true or false"},
		{"disable_bulk_delete", "maybe", "must be true or false"},
		{"s3_express", "maybe", "must be true or false"},
		{"checksum_algorithm", "md5", "must be CRC32, CRC32C, CRC64NVME, SHA1, SHA256 or none"},
		{"copy_if_not_exists", "etag", "must be multipart or native, or dynamo:TABLE[:TIMEOUT_MS], header:NAME:VALUE or header-with-status:NAME:VALUE:STATUS"},
		{"copy_if_not_exists", "header", "header:NAME:VALUE"},
		{"copy_if_not_exists", "header:x-name", "header:NAME:VALUE"},
		{"copy_if_not_exists", "header:x-name:", "header:NAME:VALUE"},
		{"copy_if_not_exists", "header::value", "header:NAME:VALUE"},
		{"copy_if_not_exists", "header:x name:value", "header:NAME:VALUE"},
		{"copy_if_not_exists", "header:x-name:wert\x01", "header:NAME:VALUE"},
		{"copy_if_not_exists", "header:x-näme:value", "header:NAME:VALUE"},
		{"copy_if_not_exists", "header:Authorization:value", "every request has"},
		{"copy_if_not_exists", "header:X-Amz-Date:value", "every request has"},
		{"copy_if_not_exists", "header:x-amz-copy-source:value", "every request has"},
		{"copy_if_not_exists", "header-with-status:x-name:value", "a status of 300 to 599"},
		{"copy_if_not_exists", "header-with-status:x-name:409", "header:NAME:VALUE"},
		{"copy_if_not_exists", "header-with-status:x-name:value:", "a status of 300 to 599"},
		{"copy_if_not_exists", "header-with-status:x-name:value:200", "a status of 300 to 599"},
		{"copy_if_not_exists", "header-with-status:x-name:value:600", "a status of 300 to 599"},
		{"copy_if_not_exists", "header-with-status:x-name:value:4o9", "a status of 300 to 599"},
	} {
		e := requireError(t, new(Options).Set(c.key, c.value), errs.InvalidOption)
		assert.True(t, strings.HasPrefix(e.Message, c.key+" "), e.Message)
		assert.Contains(t, e.Message, c.want, "%s=%s", c.key, c.value)
		assert.NotContains(t, e.Message, short)
	}
}

func TestEncryptionThatDoesNotFitTogether(t *testing.T) {
	for _, c := range []struct {
		set  map[string]string
		want string // "" fits
	}{
		{map[string]string{"server_side_encryption": "sse-c"}, "sse_customer_key_base64 is missing: server_side_encryption needs it"},
		{map[string]string{"sse_customer_key_base64": customerKey}, "sse_customer_key_base64 needs server_side_encryption to be sse-c"},
		{map[string]string{"server_side_encryption": "AES256", "sse_customer_key_base64": customerKey}, "to be sse-c"},
		{map[string]string{"AWS_SERVER_SIDE_ENCRYPTION": "AES256", "AWS_SSE_KMS_KEY_ID": "id"},
			"AWS_SSE_KMS_KEY_ID needs AWS_SERVER_SIDE_ENCRYPTION to be aws:kms or aws:kms:dsse"},
		{map[string]string{"sse_kms_key_id": "id"}, "sse_kms_key_id needs server_side_encryption to be aws:kms or aws:kms:dsse"},
		{map[string]string{"server_side_encryption": "AES256", "sse_kms_key_id": "id"}, "sse_kms_key_id needs"},
		{map[string]string{"sse_bucket_key_enabled": "true"}, "sse_bucket_key_enabled needs server_side_encryption to be aws:kms"},
		{map[string]string{"server_side_encryption": "aws:kms:dsse", "sse_bucket_key_enabled": "true"}, "sse_bucket_key_enabled needs"},
		{map[string]string{"server_side_encryption": "sse-c", "sse_customer_key_base64": customerKey, "endpoint": "http://h"},
			"endpoint must be https: each request holds the key of sse_customer_key_base64"},
		{map[string]string{"server_side_encryption": "sse-c", "sse_customer_key_base64": customerKey}, ""},
		{map[string]string{"server_side_encryption": "aws:kms:dsse", "sse_kms_key_id": "id", "sse_bucket_key_enabled": "false"}, ""},
		{map[string]string{"sse_bucket_key_enabled": "false"}, ""},
		{map[string]string{"s3_express": "true"}, "s3_express is for a directory bucket, whose name is NAME--ZONE--x-s3"},
		{map[string]string{"s3_express": "false"}, ""},
	} {
		o := Options{Getenv: environment(t, nil)}
		for key, value := range c.set {
			require.NoError(t, o.Set(key, value))
		}
		store, err := Open("s3://bucket", &o)
		if c.want == "" {
			require.NoError(t, err, "%v", c.set)
			require.NoError(t, store.Close())
			continue
		}
		e := requireError(t, err, errs.InvalidOption)
		assert.Contains(t, e.Message, c.want)
		assert.NotContains(t, e.Message, customerKey)
	}
}

// The endpoint may come from elsewhere: the key stays at home all the same.
func TestACustomerKeyNeedsTLS(t *testing.T) {
	o := Options{Getenv: environment(t, map[string]string{"AWS_ENDPOINT_URL": "http://h"})}
	require.NoError(t, o.Set("server_side_encryption", "sse-c"))
	require.NoError(t, o.Set("sse_customer_key_base64", customerKey))
	_, err := Open("s3://bucket", &o)
	assert.Contains(t, requireError(t, err, errs.InvalidOption).Message, "endpoint must be https")
}

func TestRequestOptionsAsTheyMayBeWritten(t *testing.T) {
	for _, c := range []struct {
		key, value string
		want       s3.Config
	}{
		{"checksum_algorithm", "sha256", s3.Config{ChecksumAlgorithm: "SHA256"}},
		{"checksum_algorithm", "crc64nvme", s3.Config{ChecksumAlgorithm: "CRC64NVME"}},
		{"checksum_algorithm", "NONE", s3.Config{ChecksumAlgorithm: "none"}},
		{"request_payer", "requester", s3.Config{RequesterPays: true}},
		{"request_payer", "REQUESTER", s3.Config{RequesterPays: true}},
		{"request_payer", "True", s3.Config{RequesterPays: true}},
		{"AWS_REQUESTER_PAYS", "True", s3.Config{RequesterPays: true}},
		{"AWS_SSE_CUSTOMER_KEY_BASE64", customerKey, s3.Config{CustomerKey: customerKey}},
		{"request_payer", "false", s3.Config{}},
		{"disable_tagging", "1", s3.Config{WithoutTags: true}},
		{"disable_bulk_delete", "off", s3.Config{}},
		{"copy_if_not_exists", "header: cf-copy-destination-if-none-match: *", s3.Config{CopyIfNotExists: s3.CopyIfNotExistsHeader,
			CopyHeader: s3.CopyHeader{Name: "cf-copy-destination-if-none-match", Value: "*", Status: 412}}},
		{"copy_if_not_exists", "header-with-status:x-name:a:b:409", s3.Config{CopyIfNotExists: s3.CopyIfNotExistsHeader,
			CopyHeader: s3.CopyHeader{Name: "x-name", Value: "a:b", Status: 409}}},
	} {
		var o Options
		require.NoError(t, o.Set(c.key, c.value))
		var got s3Setup
		require.NoError(t, o.given.apply(&got, ""))
		got.Names = nil
		assert.Equal(t, c.want, got.Config, "%s=%s", c.key, c.value)
	}
}
