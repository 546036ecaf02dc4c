package s3

import (
	"context"
	"io"
	"net/url"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/core/internal/safego"
	"github.com/libremotestore/libremotestore/core/s3/fastlane"
)

func (b *backend) List(o driver.ListOptions) driver.Lister {
	if o.Versions {
		return b.versions(o)
	}
	folder := o.Prefix[:strings.LastIndexByte(o.Prefix, '/')+1]
	l := &lister{backend: b, o: o, folder: folder, last: o.After}
	prefix := o.Prefix
	if b.config.isDirectory() {
		if o.After != "" {
			return noListing{hasNoOrder()}
		}
		// No other prefix is taken ("ListObjectsV2", API Reference).
		prefix, l.given = folder, map[string]bool{}
	}
	input := &s3.ListObjectsV2Input{
		Bucket:  &b.bucket,
		Prefix:  &prefix,
		MaxKeys: aws.Int32(int32(o.PageLimit())),
		// XML has no way to write most control characters.
		EncodingType: types.EncodingTypeUrl,
	}
	if o.Levels == 1 {
		input.Delimiter = aws.String("/")
	}
	input.StartAfter = given(startAfter(o))
	l.input = input
	return l
}

// startAfter is the key that a listing begins behind: of one level, behind a folder
// that is in it, and all of it.
func startAfter(o driver.ListOptions) string {
	if o.Levels == 1 && strings.HasSuffix(o.After, "/") && !strings.HasPrefix(o.Prefix, o.After) {
		return o.After + highest
	}
	return o.After
}

// lister lists one level with a delimiter, and any other number as one flat
// listing. It holds the continuation token in its input; nil is the end.
type lister struct {
	backend *backend
	o       driver.ListOptions
	input   *s3.ListObjectsV2Input
	folder  string          // of the prefix
	last    string          // the last key that was seen, for the folders
	given   map[string]bool // the folders that were, of a bucket that has no order; else nil
	page    []driver.Object // read, but not handed out: folders come on top of the keys
	objects []driver.Object // memory for pages
	listed  listed
}

func (l *lister) Next(ctx context.Context) ([]driver.Object, error) {
	for len(l.page) == 0 {
		if l.input == nil {
			return nil, io.EOF
		}
		if err := l.fetch(ctx); err != nil {
			return nil, err
		}
	}
	n := min(len(l.page), l.o.PageLimit())
	page := l.page[:n:n]
	l.page = l.page[n:]
	return page, nil
}

// fetch asks for the next page, and moves on only if it is complete.
func (l *lister) fetch(ctx context.Context) error {
	if err := l.backend.listObjects(ctx, l.input, &l.listed); err != nil {
		return err
	}
	answer := &l.listed.page
	if l.beginsAgain(answer) { // it would never end
		return errs.New(errs.Corrupt, "the endpoint lists again what it has listed: it ignores where the listing goes on")
	}
	page, last := l.entries(answer)
	switch {
	case !answer.Truncated:
		l.input = nil
	case l.given == nil && l.tooDeep(last) != "" && last < l.tooDeep(last)+highest:
		// Whatever else is in there is too deep as well: it is not worth a page.
		l.input.StartAfter, l.input.ContinuationToken = aws.String(l.tooDeep(last)+highest), nil
	case answer.Next == "":
		return errs.New(errs.Corrupt, "the listing goes on, but the endpoint does not say where")
	default:
		l.input.ContinuationToken = aws.String(answer.Next)
	}
	l.page, l.last = page, last
	return nil
}

// listObjects lists one page, into memory that is used again.
func (b *backend) listObjects(ctx context.Context, input *s3.ListObjectsV2Input, into *listed) error {
	call := b.begin(ctx)
	err := b.lane.listObjects(call, input, into)
	if err == errSDK {
		err = call.apart(func() error {
			out, err := b.client.ListObjectsV2(call.ctx, input)
			if err != nil {
				return err
			}
			return into.take(out)
		})
	}
	switch {
	case err != nil:
		return call.fail(err)
	case !into.page.Named:
		return notS3()
	}
	return nil
}

// beginsAgain tells whether an answer does not go on where it was asked to. The
// order of the keys tells it only where they are asked for by it: directory
// buckets have none.
func (l *lister) beginsAgain(answer *fastlane.Page) bool {
	if sent := l.input.ContinuationToken; sent != nil {
		return answer.Truncated && answer.Next == *sent
	}
	return l.input.StartAfter != nil && len(answer.Entries) > 0 && answer.Entries[0].Key <= *l.input.StartAfter
}

// highest is the character that sorts behind all others.
const highest = "\U0010FFFF"

// tooDeep is the prefix of the folder that holds key and of which the listing
// shows nothing, or "".
func (l *lister) tooDeep(key string) string {
	if l.o.Levels == 0 || l.input.Delimiter != nil || len(key) <= len(l.folder) {
		return ""
	}
	level := 0
	for i := len(l.folder); i < len(key); i++ {
		if key[i] != '/' {
			continue
		}
		if level++; level == l.o.Levels {
			return key[:i+1]
		}
	}
	return ""
}

// entries returns the objects and the folders of an answer, in order, and the
// last of its keys.
func (l *lister) entries(answer *fastlane.Page) (page []driver.Object, last string) {
	page = slices.Grow(l.objects[:0], len(answer.Entries)+len(answer.Prefixes))
	last = l.last
	ordered := !l.o.Folders // as AWS has the keys, but folders come among them
	for i := range answer.Entries {
		e := &answer.Entries[i]
		if !strings.HasPrefix(e.Key, l.o.Prefix) {
			continue
		}
		if l.o.Folders && l.input.Delimiter == nil {
			page = l.foldersOf(page, e.Key, last)
		}
		ordered = ordered && last <= e.Key
		last = e.Key
		// A key with a trailing '/' is a folder marker: it makes the folder
		// exist and is no object.
		if l.tooDeep(e.Key) != "" || strings.HasSuffix(e.Key, "/") && !l.o.Markers {
			continue
		}
		page = append(page, driver.Object{Key: e.Key, Size: e.Size, ETag: e.ETag, Modified: e.Modified})
		page[len(page)-1].StorageClass = e.StorageClass
	}
	if l.o.Folders {
		for _, p := range answer.Prefixes {
			if p > l.o.After && strings.HasPrefix(p, l.o.Prefix) { // After may be in the middle of it
				page = append(page, driver.Object{Key: strings.TrimSuffix(p, "/"), Folder: true})
			}
		}
	}
	if !ordered {
		slices.SortStableFunc(page, driver.CompareKeys)
	}
	l.objects = page
	return page, last
}

// foldersOf adds the folders that key is in, the key before it was not, and
// that are not too deep.
func (l *lister) foldersOf(page []driver.Object, key, before string) []driver.Object {
	level := 0
	for i := len(l.folder); i < len(key); i++ {
		if key[i] != '/' {
			continue
		}
		if level++; l.o.Levels > 0 && level > l.o.Levels {
			break
		}
		if l.isNew(key[:i+1], before) {
			page = append(page, driver.Object{Key: key[:i], Folder: true})
		}
	}
	return page
}

// isNew tells whether a folder was not given yet, where before is the key before
// its first one.
func (l *lister) isNew(folder, before string) bool {
	if l.given == nil {
		return !strings.HasPrefix(before, folder)
	}
	known := l.given[folder]
	l.given[folder] = true
	return !known
}

// decode undoes the encoding of a key, which an endpoint may not know.
func decode(encoding types.EncodingType, key *string) (string, error) {
	if encoding != types.EncodingTypeUrl {
		return aws.ToString(key), nil
	}
	decoded, err := url.QueryUnescape(aws.ToString(key))
	if err != nil {
		return "", errs.Wrap(err, errs.Corrupt, "the endpoint lists a key that is not URL-encoded as it says")
	}
	return decoded, nil
}

func (b *backend) Uploads(o driver.ListOptions) driver.Lister {
	return &uploadLister{backend: b, prefix: o.Prefix, input: &s3.ListMultipartUploadsInput{
		Bucket:       &b.bucket,
		Prefix:       aws.String(o.Prefix),
		MaxUploads:   aws.Int32(int32(o.PageLimit())),
		EncodingType: types.EncodingTypeUrl,
	}}
}

// uploadLister holds the markers in its input; nil is the end.
type uploadLister struct {
	backend *backend
	prefix  string
	found   bool // an upload below the prefix
	input   *s3.ListMultipartUploadsInput
}

func (l *uploadLister) Next(ctx context.Context) (page []driver.Object, err error) {
	err = safego.Apart(ctx, func(ctx context.Context) error {
		page, err = l.next(ctx)
		return err
	})
	return page, err
}

func (l *uploadLister) next(ctx context.Context) ([]driver.Object, error) {
	for l.input != nil {
		call := l.backend.begin(ctx)
		out, err := l.backend.client.ListMultipartUploads(call.ctx, l.input)
		if err != nil {
			return nil, call.fail(err)
		}
		if out.Bucket == nil {
			return nil, notS3()
		}
		page := make([]driver.Object, 0, len(out.Uploads))
		for _, u := range out.Uploads {
			key, err := decode(out.EncodingType, u.Key)
			if err != nil {
				return nil, err
			}
			if !strings.HasPrefix(key, l.prefix) {
				continue
			}
			page = append(page, driver.Object{
				Key: key, UploadID: aws.ToString(u.UploadId), Modified: aws.ToTime(u.Initiated),
			})
		}
		l.found = l.found || len(page) > 0
		switch {
		case !aws.ToBool(out.IsTruncated) && !l.found && l.mayIgnorePrefixes():
			l.input.Prefix, l.input.KeyMarker, l.input.UploadIdMarker = nil, nil, nil
		case !aws.ToBool(out.IsTruncated):
			l.input = nil
		case out.NextKeyMarker == nil:
			return nil, errs.New(errs.Corrupt, "the listing goes on, but the endpoint does not say where")
		default:
			marker, err := decode(out.EncodingType, out.NextKeyMarker)
			if err != nil {
				return nil, err
			}
			if marker == aws.ToString(l.input.KeyMarker) && aws.ToString(out.NextUploadIdMarker) == aws.ToString(l.input.UploadIdMarker) {
				return nil, errs.New(errs.Corrupt, "the endpoint lists uploads again: it ignores where the listing goes on")
			}
			l.input.KeyMarker, l.input.UploadIdMarker = &marker, out.NextUploadIdMarker
		}
		if len(page) > 0 {
			return page, nil
		}
	}
	return nil, io.EOF
}

// mayIgnorePrefixes tells whether the uploads below a prefix may be listed only
// among all of them: MinIO takes a prefix for the key (minio/minio#20989).
func (l *uploadLister) mayIgnorePrefixes() bool {
	return l.backend.options.BaseEndpoint != nil && aws.ToString(l.input.Prefix) != ""
}
