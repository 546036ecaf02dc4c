package s3

import (
	"crypto/md5"
	"encoding/base64"
	"net/http"
	"strings"

	"github.com/libremotestore/libremotestore/core/errs"
)

// Encryption says with which key the service encrypts what is written.
type Encryption string

const (
	EncryptionOfBucket Encryption = ""             // as the bucket says
	EncryptionS3       Encryption = "AES256"       // one of S3
	EncryptionKMS      Encryption = "aws:kms"      // one in KMS
	EncryptionKMSTwice Encryption = "aws:kms:dsse" // the same, in two layers
	EncryptionCustomer Encryption = "sse-c"        // one that comes with each request, of reads too
)

// SetCustomerKey takes a key of [EncryptionCustomer], in base64.
func (c *Config) SetCustomerKey(name, value string) error {
	key, err := base64.StdEncoding.DecodeString(value)
	if err != nil || len(key) != customerKeySize {
		return errs.New(errs.InvalidOption, "%s must be %d bytes in base64", name, customerKeySize)
	}
	c.CustomerKey = value
	return nil
}

const customerKeySize = 32

func (c Config) checkEncryption() error {
	kms := c.Encryption == EncryptionKMS || c.Encryption == EncryptionKMSTwice
	switch {
	case c.Encryption == EncryptionCustomer && c.CustomerKey == "":
		return c.incomplete("sse_customer_key_base64", "server_side_encryption")
	case c.CustomerKey != "" && c.Encryption != EncryptionCustomer:
		return c.needsEncryption("sse_customer_key_base64", "sse-c")
	case c.KMSKeyID != "" && !kms:
		return c.needsEncryption("sse_kms_key_id", "aws:kms or aws:kms:dsse")
	case c.BucketKey == "true" && c.Encryption != EncryptionKMS: // S3 has none for aws:kms:dsse
		return c.needsEncryption("sse_bucket_key_enabled", "aws:kms")
	}
	return c.checkKeyIsHidden(c.Endpoint)
}

func (c Config) needsEncryption(option, value string) error {
	return errs.New(errs.InvalidOption, "%s needs %s to be %s", c.Name(option), c.Name("server_side_encryption"), value)
}

// checkKeyIsHidden refuses to send the customer's key without TLS, as S3 does.
func (c Config) checkKeyIsHidden(endpoint string) error {
	if c.CustomerKey != "" && strings.HasPrefix(endpoint, "http:") {
		return errs.New(errs.InvalidOption, "%s must be https: each request holds the key of %s",
			c.Name("endpoint"), c.Name("sse_customer_key_base64"))
	}
	return nil
}

// encrypt names the encryption of a new object.
func (c Config) encrypt(h http.Header) {
	if c.Encryption == EncryptionOfBucket || c.Encryption == EncryptionCustomer {
		return
	}
	h.Set("X-Amz-Server-Side-Encryption", string(c.Encryption))
	if c.KMSKeyID != "" {
		h.Set("X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id", c.KMSKeyID)
	}
	if c.BucketKey != "" && c.Encryption == EncryptionKMS {
		h.Set("X-Amz-Server-Side-Encryption-Bucket-Key-Enabled", c.BucketKey)
	}
}

// unlock gives the customer's key, of an object or of the source of a copy.
func (c Config) unlock(h http.Header, what string) {
	key, err := base64.StdEncoding.DecodeString(c.CustomerKey)
	if err != nil || len(key) == 0 {
		return
	}
	sum := md5.Sum(key)
	h.Set(what+"Server-Side-Encryption-Customer-Algorithm", "AES256")
	h.Set(what+"Server-Side-Encryption-Customer-Key", c.CustomerKey)
	h.Set(what+"Server-Side-Encryption-Customer-Key-Md5", base64.StdEncoding.EncodeToString(sum[:]))
}
