// Package s3 is the backend for Amazon S3 and what speaks its protocol,
// through the AWS SDK. It is flat: a folder is a prefix that holds keys.
package s3

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/core/internal/budget"
	"github.com/libremotestore/libremotestore/core/internal/safego"
	"github.com/libremotestore/libremotestore/core/s3/dynamolock"
	"github.com/libremotestore/libremotestore/core/s3/fastlane"
)

// Config says which bucket, where it is, and who asks. What is empty comes
// from the environment and the AWS configuration files.
type Config struct {
	Bucket          string // required
	Endpoint        string // a URL; "" is that of the profile, else AWS
	AWS             bool   // the endpoint is AWS, whatever the profile says
	DualStack       bool   // AWS by its names that have IPv6 addresses too
	RefuseHTTP      bool   // an endpoint must be https
	Region          string
	DefaultRegion   string // if neither Region nor AWS_REGION is set
	AddressingStyle AddressingStyle
	AccessKeyID     string // with SecretAccessKey, or neither
	SecretAccessKey string
	SessionToken    string
	Sources
	Getenv func(string) string // looks up the environment; required

	// Names are what the user calls some options, by their name in the C
	// interface. Errors are about what he wrote.
	Names map[string]string

	ConditionalPut       ConditionalPut
	CopyIfNotExists      CopyIfNotExists
	CopyHeader           CopyHeader      // of CopyIfNotExistsHeader
	PutLock              dynamolock.Lock // instead of ConditionalPut
	CopyLock             dynamolock.Lock // instead of CopyIfNotExists
	ChecksumAlgorithm    string          // of S3's, in capitals; "none"; "" is the default
	RejectWriteUnderFile bool

	Encryption      Encryption
	KMSKeyID        string // with EncryptionKMS or EncryptionKMSTwice; "" is that of S3
	BucketKey       string // with EncryptionKMS: "true" or "false"; "" is as the bucket says
	CustomerKey     string // with EncryptionCustomer: see [Config.SetCustomerKey]
	RequesterPays   bool
	UnsignedPayload bool // the bytes of a write are no part of the signature
	WithoutTags     bool // writes and copies leave tags out
	DeleteOneByOne  bool // where else one request deletes many
	Express         Express

	CABundle          string // file; "" is that of the environment, else the system's
	RootCertificate   string // in PEM form: trusted too
	ClientCertificate string // in PEM form, or a file; with its key, if there is no ClientKey
	ClientKey         string // in PEM form, or a file
	AnyCertificate    bool   // whoever it is of; not with CABundle or RootCertificate

	HTTPProxy        string // URL, for an http endpoint; NoProxy; "" is that of the environment
	HTTPSProxy       string // the same for an https endpoint
	ProxyExcludes    string // hosts without a proxy, as in no_proxy
	ProxyCertificate string // in PEM form: trusted too for the connection to an https proxy

	ConnectTimeout     time.Duration // to connect, and for a TLS handshake; 0 is 5 s
	ReadTimeout        time.Duration // without a byte; 0 is 30 s
	Timeout            time.Duration // of a request with its answer; 0 is none
	MaxPoolConnections int           // that are kept open; 0 is 64
	PoolIdleTimeout    time.Duration // for which they are; 0 is 90 s, and at most half of ReadTimeout
	RandomizeAddresses bool          // connects to any address of a host, not to the first one
	WithoutFastLane    bool          // the SDK sends all requests

	UserAgent          string // "" is the SDK's
	UserAgentExtra     string
	DefaultHeaders     map[string]string // of all requests that do not have them of their own
	DefaultContentType string            // of writes that name none

	Retry     driver.RetryPolicy // zero is the default one
	RetryMode RetryMode

	PartSize     int64 // bytes of the first parts of an upload; 0 is 8 MiB
	CopyPartSize int64 // bytes that one request copies of a large object; 0 is 1 GiB
	EvenParts    bool  // parts do not grow, for a service that wants them alike
	MemoryBudget int64 // bytes that all writers hold, and the results of a batch; 0 is 128 MiB

	lookupHost lookupHost // nil is that of the system
}

// Name is what the user calls an option.
func (c Config) Name(option string) string { return cmp.Or(c.Names[option], option) }

// ConditionalPut says how a write is refused where the key exists.
type ConditionalPut string

const (
	ConditionalPutETag  ConditionalPut = ""      // by the endpoint: atomic
	ConditionalPutCheck ConditionalPut = "check" // by looking first, for endpoints that ignore conditions
)

// CopyIfNotExists says how a copy is refused where the key exists.
type CopyIfNotExists string

const (
	CopyIfNotExistsMultipart CopyIfNotExists = ""       // by the endpoint, as a multipart upload: atomic
	CopyIfNotExistsNative    CopyIfNotExists = "native" // by the endpoint, as a copy, which most ignore
	CopyIfNotExistsHeader    CopyIfNotExists = "header" // by the endpoint, as a copy with a header of its own
)

// CopyHeader makes an endpoint refuse a copy where the key exists, with this
// status or 412.
type CopyHeader struct {
	Name, Value string
	Status      int
}

const (
	maxPut              = 64 << 20 // a larger object goes in parts, of which one that fails is sent again
	defaultMemoryBudget = 128 << 20
)

// AddressingStyle says where the name of the bucket goes.
type AddressingStyle string

const (
	AddressingAuto    AddressingStyle = ""        // virtual for AWS, path for an endpoint
	AddressingPath    AddressingStyle = "path"    // https://endpoint/bucket/key
	AddressingVirtual AddressingStyle = "virtual" // https://bucket.endpoint/key
)

type backend struct {
	config  Config
	client  *s3.Client
	options s3.Options  // of the client, which copies them for who asks
	http    *httpClient // that client's
	lane    *lane
	renewal *renewal // of its credentials
	feed    *feed    // of them; nil if they are not pushed
	bucket  string
	budget  *budget.Budget // of the parts that are being uploaded
	buffers buffers        // of those parts

	putLock, copyLock *dynamolock.Table // nil is none
	closed            atomic.Bool
}

func (c *Config) memoryBudget() int64 { return cmp.Or(c.MemoryBudget, defaultMemoryBudget) }

// Open returns a driver. It reads configuration files, but asks no server.
func Open(c Config) (driver.Driver, error) {
	c.readRetries()
	client, transport, renewal, err := newClient(c)
	if err != nil {
		return nil, err
	}
	pushed, _ := renewal.source.(*feed)
	b := &backend{
		config:  c,
		client:  client,
		options: client.Options(),
		http:    transport,
		renewal: renewal,
		feed:    pushed,
		bucket:  c.Bucket,
		budget:  budget.New(c.memoryBudget()),
	}
	b.lane = b.newLane()
	if err := b.openLocks(); err != nil {
		return nil, err
	}
	return b, nil
}

func (b *backend) Name() string { return "s3" }

func (b *backend) Waits() {}

func (b *backend) MemoryBudget() int64 { return b.config.memoryBudget() }

func (b *backend) Capabilities() driver.Capabilities {
	can := driver.Everything | driver.CanUserMetadata | driver.CanMultipart | driver.CanUpdate | driver.CanAttributes |
		driver.CanSign
	if b.config.isDirectory() {
		return can | driver.CanAppend
	}
	return can | onlyOthers
}

func (b *backend) Location(key string) driver.Location {
	path := b.bucket
	if key != "" {
		path += "/" + key
	}
	return driver.Location{Path: path, Bucket: b.bucket, Key: key, Endpoint: b.endpointURL()}
}

func (b *backend) KeyOf(native string) (string, bool) {
	if native == b.bucket {
		return "", true
	}
	return strings.CutPrefix(native, b.bucket+"/")
}

func (b *backend) Close() error {
	b.closed.Store(true)
	b.closeConnections()
	return nil
}

// closeConnections closes those that are idle.
func (b *backend) closeConnections() {
	b.http.CloseIdleConnections()
	b.lane.each((*fastlane.Lane).Close)
}

func (b *backend) Ping(ctx context.Context) error {
	call := b.begin(ctx)
	_, err := b.client.HeadBucket(call.ctx, &s3.HeadBucketInput{Bucket: &b.bucket})
	err = call.fail(err)
	if err == nil || errs.CodeOf(err) == errs.Unavailable { // to ask again would take as long again
		return err
	}
	renewals := b.renewal.count.Load()
	if err = b.why(ctx, err); b.renewal.count.Load() > renewals {
		call = b.begin(ctx)
		_, err = b.client.HeadBucket(call.ctx, &s3.HeadBucketInput{Bucket: &b.bucket})
		err = call.fail(err)
	}
	if e, ok := errors.AsType[*errs.Error](err); ok && e.Code == errs.NotFound {
		e.Message = b.noBucket()
	}
	return err
}

func (b *backend) noBucket() string { return fmt.Sprintf("the bucket %q does not exist", b.bucket) }

func (b *backend) Head(ctx context.Context, key string, o driver.HeadOptions) (driver.Object, error) {
	found, err := b.headWith(ctx, key, o)
	if err != nil {
		return driver.Object{}, err
	}
	object := found.object(key)
	object.Digest = found.digest()
	return object, o.Check(object)
}

// head describes the present version.
func (b *backend) head(ctx context.Context, key string) (described, error) {
	return b.headWith(ctx, key, driver.HeadOptions{})
}

func (b *backend) headWith(ctx context.Context, key string, o driver.HeadOptions) (described, error) {
	found, err := b.headObject(ctx, key, o, types.ChecksumModeEnabled)
	err = ofVersion(o.VersionID, err)
	switch errs.CodeOf(err) {
	case errs.PermissionDenied, errs.InvalidOption, errs.Unknown:
		renewals := b.renewal.count.Load()
		if err = b.why(ctx, err); b.renewal.count.Load() > renewals { // there are other credentials since
			found, err = b.headObject(ctx, key, o, types.ChecksumModeEnabled)
		}
	}
	if errs.CodeOf(err) == errs.PermissionDenied {
		// To see the checksum of an object that KMS encrypts needs kms:Decrypt
		// ("HeadObject", API Reference); to see the rest does not.
		found, err = b.headObject(ctx, key, o, "")
	}
	if err == nil && found.length < 0 {
		err = errs.New(errs.Corrupt, "the endpoint answered without a Content-Length: the size is not known")
	}
	return found, err
}

func (b *backend) headObject(ctx context.Context, key string, o driver.HeadOptions, checksum types.ChecksumMode) (described, error) {
	call := b.begin(ctx)
	found, err := b.lane.headObject(call, key, o, checksum)
	if err == errSDK {
		found, err = b.headBySDK(call, key, o, checksum)
	}
	return found, call.fail(err)
}

func (b *backend) headBySDK(call *call, key string, o driver.HeadOptions, checksum types.ChecksumMode) (found described, err error) {
	conditions := inRequest(o.Conditions)
	input := &s3.HeadObjectInput{
		Bucket:            &b.bucket,
		Key:               &key,
		ChecksumMode:      checksum,
		IfMatch:           given(conditions.IfMatch),
		IfNoneMatch:       given(conditions.IfNoneMatch),
		IfModifiedSince:   givenTime(conditions.IfModifiedSince),
		IfUnmodifiedSince: givenTime(conditions.IfUnmodifiedSince),
		VersionId:         given(o.VersionID),
	}
	err = call.apart(func() error {
		out, err := b.client.HeadObject(call.ctx, input)
		if err == nil {
			found = describedByHead(out)
		}
		return err
	})
	return found, err
}

// why finds out why a HEAD was refused: its answer has no body to say whether
// it was the credentials, the region or a permission. A listing's has one.
func (b *backend) why(ctx context.Context, err error) error {
	_, listErr := b.hasPrefix(ctx, "")
	if listErr == nil || errs.CodeOf(listErr) == errs.CodeOf(err) { // it may list, or not, but that is not the question
		return err
	}
	return listErr
}

func (b *backend) IsFolder(ctx context.Context, key string) (bool, error) {
	return b.hasPrefix(ctx, driver.AsPrefix(key))
}

// hasPrefix tells whether a key begins with prefix, by the shortest listing.
func (b *backend) hasPrefix(ctx context.Context, prefix string) (bool, error) {
	var found listed
	err := b.listObjects(ctx, &s3.ListObjectsV2Input{
		Bucket: &b.bucket, Prefix: &prefix, MaxKeys: aws.Int32(1), EncodingType: types.EncodingTypeUrl,
	}, &found)
	return len(found.page.Entries) > 0, err
}

func (b *backend) Get(ctx context.Context, key string, o driver.GetOptions) (*driver.Reader, error) {
	r, err := b.get(ctx, key, o, b.config.Retry.MaxAttempts)
	if err != nil {
		return nil, err
	}
	r.Body = verified(r)
	return r, nil
}

func (b *backend) Put(ctx context.Context, key string, data []byte, o driver.PutOptions) (driver.Object, error) {
	if err := b.checkAncestors(ctx, key); err != nil {
		return driver.Object{}, err
	}
	if int64(len(data)) <= maxPut {
		return b.put(ctx, key, data, target{o.Mode, o.IfMatch}, b.attributesFor(o))
	}
	return apart(ctx, func(ctx context.Context) (driver.Object, error) { return b.putParts(ctx, key, data, o) })
}

// apart is [safego.Apart] for what makes something.
func apart[T any](ctx context.Context, do func(context.Context) (T, error)) (made T, err error) {
	err = safego.Apart(ctx, func(ctx context.Context) (err error) {
		made, err = do(ctx)
		return err
	})
	return made, err
}

// put writes a whole object in one request.
func (b *backend) put(ctx context.Context, key string, data []byte, t target, a attributes) (driver.Object, error) {
	if b.putLock == nil {
		return b.putObject(ctx, key, data, t, a)
	}
	return apart(ctx, func(ctx context.Context) (o driver.Object, err error) {
		err = b.locked(ctx, b.putLock, key, t, func(ctx context.Context, t target) error {
			o, err = b.putObject(ctx, key, data, t, a)
			return err
		})
		return o, err
	})
}

func (b *backend) putObject(ctx context.Context, key string, data []byte, t target, a attributes) (driver.Object, error) {
	condition, err := b.condition(ctx, key, t)
	if err != nil {
		return driver.Object{}, err
	}
	call := b.begin(ctx)
	made, err := b.lane.putObject(call, key, data, condition, a)
	if err == errSDK {
		made, err = b.putBySDK(call, key, data, condition, a)
	}
	if err != nil {
		return driver.Object{}, call.failWrite(err, t)
	}
	if made.etag == "" {
		return driver.Object{}, notS3()
	}
	call.sentUpTo(len(data))
	return driver.Object{
		Key:       key,
		Size:      int64(len(data)),
		ETag:      made.etag,
		VersionID: made.versionID,
		Digest:    made.digest(),
	}, nil
}

func (b *backend) putBySDK(call *call, key string, data []byte, condition condition, a attributes) (made described, err error) {
	input := &s3.PutObjectInput{
		Bucket:             &b.bucket,
		Key:                &key,
		Body:               bytes.NewReader(data), // the SDK lets nobody read it after the call
		IfMatch:            condition.IfMatch,
		IfNoneMatch:        condition.IfNoneMatch,
		ChecksumAlgorithm:  b.checksum(),
		CacheControl:       a.CacheControl,
		ContentDisposition: a.ContentDisposition,
		ContentEncoding:    a.ContentEncoding,
		ContentLanguage:    a.ContentLanguage,
		ContentType:        a.ContentType,
		Expires:            a.Expires,
		Metadata:           a.Metadata,
		StorageClass:       a.StorageClass,
		Tagging:            a.Tagging,
		ACL:                a.ACL,
	}
	err = call.apart(func() error {
		out, err := b.client.PutObject(call.ctx, input, withContentType(a.ContentType))
		if err == nil {
			made = describedByPut(out)
		}
		return err
	})
	return made, err
}

// checkAncestors refuses, if the user wants so, to write below an object:
// S3 itself has no reason to.
func (b *backend) checkAncestors(ctx context.Context, key string) error {
	if !b.config.RejectWriteUnderFile {
		return nil
	}
	for above := driver.Parent(key); above != ""; above = driver.Parent(above) {
		_, err := b.head(ctx, above)
		switch errs.CodeOf(err) {
		case errs.OK:
			return driver.FileInTheWay(above)
		case errs.NotFound:
		default:
			return err
		}
	}
	return nil
}
