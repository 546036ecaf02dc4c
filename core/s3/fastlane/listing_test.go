package fastlane_test

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core/s3/fastlane"
	"github.com/libremotestore/libremotestore/tests/s3test"
)

// content is what a page says.
type content struct {
	Named, Truncated bool
	Next             string
	Entries          []fastlane.Entry
	Prefixes         []string
}

func contentOf(p *fastlane.Page) content {
	return content{p.Named, p.Truncated, p.Next, append([]fastlane.Entry{}, p.Entries...), append([]string{}, p.Prefixes...)}
}

// document is what encoding/xml reads an answer into, and writes it from.
type document struct {
	XMLName               xml.Name `xml:"ListBucketResult"`
	Name                  *string
	Prefix                string
	EncodingType          string
	IsTruncated           string
	NextContinuationToken string
	Contents              []documentObject
	CommonPrefixes        []documentFolder
}

type documentObject struct {
	Key, LastModified, ETag, Size, StorageClass string
}

type documentFolder struct{ Prefix string }

func unescaped(encoding, text string) (string, error) {
	if encoding == "url" {
		return url.QueryUnescape(text)
	}
	return text, nil
}

// byXML reads an answer with encoding/xml.
func byXML(answer []byte) (content, error) {
	var d document
	decoder := xml.NewDecoder(bytes.NewReader(answer))
	if err := decoder.Decode(&d); err != nil {
		return content{}, err
	}
	for {
		t, err := decoder.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return content{}, err
		}
		switch t := t.(type) {
		case xml.StartElement:
			return content{}, errors.New("a second root")
		case xml.CharData:
			if len(bytes.TrimSpace(t)) > 0 {
				return content{}, errors.New("text behind the root")
			}
		}
	}
	c := content{Named: d.Name != nil, Next: d.NextContinuationToken, Entries: []fastlane.Entry{}, Prefixes: []string{}}
	c.Truncated = d.IsTruncated == "true"
	for _, o := range d.Contents {
		e := fastlane.Entry{ETag: o.ETag, StorageClass: o.StorageClass}
		var err error
		if e.Key, err = unescaped(d.EncodingType, o.Key); err != nil {
			return content{}, err
		}
		if o.Size != "" {
			if e.Size, err = strconv.ParseInt(o.Size, 10, 64); err != nil {
				return content{}, err
			}
		}
		if o.LastModified != "" {
			if e.Modified, err = time.Parse(time.RFC3339Nano, o.LastModified); err != nil {
				return content{}, err
			}
			e.Modified = e.Modified.UTC()
		}
		c.Entries = append(c.Entries, e)
	}
	for _, p := range d.CommonPrefixes {
		prefix, err := unescaped(d.EncodingType, p.Prefix)
		if err != nil {
			return content{}, err
		}
		c.Prefixes = append(c.Prefixes, prefix)
	}
	return c, nil
}

// answers is an HTTP client that always has the same answer.
type answers []byte

func (a answers) Do(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(a))}, nil
}

var input = s3.ListObjectsV2Input{Bucket: aws.String("bucket")}

func sdkOn(client aws.HTTPClient) *s3.Client {
	return s3.New(s3.Options{
		Region: "us-east-1", BaseEndpoint: aws.String("http://127.0.0.1:1"), UsePathStyle: true,
		Credentials: aws.AnonymousCredentials{}, Retryer: aws.NopRetryer{}, HTTPClient: client,
	})
}

// bySDK reads an answer with the SDK.
func bySDK(answer []byte) (content, error) {
	out, err := sdkOn(answers(answer)).ListObjectsV2(context.Background(), &input)
	if err != nil {
		return content{}, err
	}
	return contentOfSDK(out)
}

func contentOfSDK(out *s3.ListObjectsV2Output) (content, error) {
	c := content{
		Named: out.Name != nil, Truncated: aws.ToBool(out.IsTruncated), Next: aws.ToString(out.NextContinuationToken),
		Entries: []fastlane.Entry{}, Prefixes: []string{},
	}
	for _, o := range out.Contents {
		key, err := unescaped(string(out.EncodingType), aws.ToString(o.Key))
		if err != nil {
			return content{}, err
		}
		c.Entries = append(c.Entries, fastlane.Entry{
			Key: key, Size: aws.ToInt64(o.Size), ETag: aws.ToString(o.ETag),
			Modified: aws.ToTime(o.LastModified).UTC(), StorageClass: string(o.StorageClass),
		})
	}
	for _, p := range out.CommonPrefixes {
		prefix, err := unescaped(string(out.EncodingType), aws.ToString(p.Prefix))
		if err != nil {
			return content{}, err
		}
		c.Prefixes = append(c.Prefixes, prefix)
	}
	return c, nil
}

func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

// oddText is not empty. Its characters are those that are written in more than
// one way, and some that are not.
func oddText(r *rand.Rand) string {
	var b strings.Builder
	for range 1 + r.IntN(12) {
		b.WriteString(pick(r, "a", "Z", "0", "/", "&", "<", ">", "'", `"`, "]", "]]>", " ", "\n", "\r", "\r\n", "\t", "+", "%", "%2B",
			"ü", "\uFFFD", "\uFEFF", "\U0010FFFF", "-", "--", "&amp;", ";", "=", "\u0085", "\x7f"))
	}
	return b.String()
}

// oddDocument is a page, and what there is to read in it.
func oddDocument(r *rand.Rand) (document, content) {
	c := content{
		Named: r.IntN(4) > 0, Truncated: r.IntN(2) == 0, Entries: []fastlane.Entry{}, Prefixes: []string{},
	}
	d := document{EncodingType: pick(r, "url", ""), IsTruncated: strconv.FormatBool(c.Truncated), Prefix: oddText(r)}
	if c.Named {
		d.Name = aws.String(pick(r, "", "bucket"))
	}
	if r.IntN(2) == 0 {
		c.Next = oddText(r)
		d.NextContinuationToken = c.Next
	}
	escaped := func(text string) string {
		if d.EncodingType != "url" {
			return text
		}
		text = url.QueryEscape(text)
		if r.IntN(2) == 0 {
			text = strings.ReplaceAll(text, "%2F", "/")
		}
		if r.IntN(2) == 0 {
			text = strings.ToLower(text)
		}
		return text
	}
	key := func() string {
		text := oddText(r)
		if d.EncodingType == "url" {
			text = strings.ToLower(text) + pick(r, "", "\x00", "\x1f", "\xff")
		}
		return text
	}
	for range r.IntN(5) {
		e := fastlane.Entry{
			Key: key(), ETag: pick(r, `"d41d8cd98f00b204e9800998ecf8427e"`, ""), Size: pick(r, 0, 1, r.Int64(), 1<<63-1),
			Modified:     time.Unix(r.Int64N(1<<33), pick(r, 0, 1e6*r.Int64N(1000), r.Int64N(1e9))).UTC(),
			StorageClass: pick(r, "STANDARD", "GLACIER", ""),
		}
		c.Entries = append(c.Entries, e)
		zone := pick(r, time.UTC, time.FixedZone("", 0), time.FixedZone("", -9000))
		d.Contents = append(d.Contents, documentObject{
			Key: escaped(e.Key), ETag: e.ETag, Size: strconv.FormatInt(e.Size, 10), StorageClass: e.StorageClass,
			LastModified: e.Modified.In(zone).Format(pick(r, time.RFC3339Nano, "2006-01-02T15:04:05.000000000Z07:00", "2006-01-02T15:04:05.000000000-07:00")),
		})
	}
	for range r.IntN(3) {
		prefix := key()
		c.Prefixes = append(c.Prefixes, prefix)
		d.CommonPrefixes = append(d.CommonPrefixes, documentFolder{escaped(prefix)})
	}
	return d, c
}

// writer writes XML in all the ways that there are.
type writer struct {
	*rand.Rand
	bytes.Buffer
	plain bool // as far as the SDK reads it: a text is in one piece
}

func (w *writer) text(text string) {
	cdata := false
	for i, c := range text {
		if !w.plain && w.IntN(8) == 0 && !cdata && !strings.HasPrefix(text[i:], "]]>") {
			w.WriteString("<![CDATA[")
			cdata = true
		}
		switch {
		case cdata && c == '\r', cdata && strings.HasPrefix(text[i:], "]]>"):
			w.WriteString("]]>")
			cdata = false
			fmt.Fprintf(w, "&#%d;", c)
		case cdata && c == '\n':
			w.WriteString(pick(w.Rand, "\n", "\r\n"))
		case cdata:
			w.WriteRune(c)
		case c == '\r', w.IntN(8) == 0:
			fmt.Fprintf(w, pick(w.Rand, "&#%d;", "&#x%x;", "&#x%X;", "&#x000000000%x;", "&#0000000000%d;"), c)
		case c == '\n' && !strings.HasPrefix(text[i+1:], "\n"):
			w.WriteString(pick(w.Rand, "\n", "\r\n", "\r"))
			if text[i+1:] != "" && text[i+1] != '\r' { // a lone carriage return must not meet a line feed
				break
			}
		case strings.ContainsRune("&<>'\"", c) && (c == '&' || c == '<' || w.IntN(2) == 0 || i > 1 && text[i-2:i] == "]]"):
			w.WriteString(map[rune]string{'&': "&amp;", '<': "&lt;", '>': "&gt;", '\'': "&apos;", '"': "&quot;"}[c])
		default:
			w.WriteRune(c)
		}
		if cdata && w.IntN(3) == 0 {
			w.WriteString("]]>")
			cdata = false
		}
		if !w.plain && !cdata && w.IntN(16) == 0 {
			w.WriteString("<!-- <Key> & -->")
		}
	}
	if cdata {
		w.WriteString("]]>")
	}
}

func (w *writer) between() {
	w.WriteString(pick(w.Rand, "", "", "\n", " \t\r\n", "<!-- <Contents> -->", "<!---->", "<?php echo ?>", "<?a?>", "<!--a-b->-->"))
}

func (w *writer) element(name string, inside func()) {
	space := pick(w.Rand, "", "", " ", "\n")
	attributes := pick(w.Rand, "", "", ` xmlns="http://s3.amazonaws.com/doc/2006-03-01/"`, ` a='"&lt;&#10;>' x:b = "c"`)
	from := w.Len()
	w.WriteString("<" + name + attributes + space + ">")
	begun := w.Len()
	inside()
	if w.Len() == begun && w.IntN(2) == 0 {
		w.Truncate(from)
		w.WriteString("<" + name + attributes + space + "/>")
	} else {
		w.WriteString("</" + name + space + ">")
	}
}

// shuffled writes the children of an element, with some that nobody knows.
func (w *writer) shuffled(children ...func()) {
	for range w.IntN(3) {
		children = append(children, func() {
			name := "Unknown"
			if !w.plain { // the SDK reads some of these
				name = pick(w.Rand, "Owner", "ChecksumAlgorithm", "x.Y-1", "Sizes", "_")
			}
			w.element(name, func() {
				w.WriteString(pick(w.Rand, "", "text &amp;", "<Key>no</Key>", "<Owner><Key/><Size>x</Size></Owner>", "<![CDATA[</Owner>]]>"))
			})
		})
	}
	w.Shuffle(len(children), func(i, j int) { children[i], children[j] = children[j], children[i] })
	for _, child := range children {
		w.between()
		child()
	}
	w.between()
}

func (w *writer) document(d document) []byte {
	w.Reset()
	w.WriteString(pick(w.Rand, "", `<?xml version="1.0" encoding="UTF-8"?>`, "<?xml version='1.0' encoding='utf-8' standalone = 'yes' ?>\n", `<?xml version="1.0"?>`))
	w.between()
	leaf := func(name, text string) func() {
		if text == "" && w.IntN(2) == 0 {
			return func() {}
		}
		return func() { w.element(name, func() { w.text(text) }) }
	}
	w.element("ListBucketResult", func() {
		fields := []func(){
			leaf("EncodingType", d.EncodingType), leaf("IsTruncated", d.IsTruncated), leaf("NextContinuationToken", d.NextContinuationToken),
		}
		if d.Name != nil {
			fields = append(fields, func() { w.element("Name", func() { w.text(*d.Name) }) })
		}
		fields = append(fields, func() { // these keep their order
			for _, o := range d.Contents {
				w.element("Contents", func() {
					w.shuffled(leaf("Key", o.Key), leaf("LastModified", o.LastModified), leaf("ETag", o.ETag), leaf("Size", o.Size), leaf("StorageClass", o.StorageClass))
				})
				w.between()
			}
		}, func() {
			for _, p := range d.CommonPrefixes {
				w.element("CommonPrefixes", func() { w.shuffled(leaf("Prefix", p.Prefix)) })
			}
		})
		w.shuffled(fields...)
	})
	w.between()
	return bytes.Clone(w.Bytes())
}

func TestAListingIsReadAsEveryoneReadsIt(t *testing.T) {
	t.Parallel()
	var page fastlane.Page
	bySomeone := func(name string, read func([]byte) (content, error), answer []byte, want content) {
		got, err := read(answer)
		require.NoError(t, err, "%s: %q", name, answer)
		require.Equal(t, want, got, "%s: %q", name, answer)
	}
	ours := func(answer []byte) (content, error) {
		err := page.Parse(answer)
		return contentOf(&page), err
	}
	seeds := uint64(4000)
	if testing.Short() {
		seeds = 400
	}
	for seed := range seeds {
		r := rand.New(rand.NewPCG(seed, 0))
		d, want := oddDocument(r)
		marshalled, err := xml.Marshal(d)
		require.NoError(t, err)
		plain := (&writer{Rand: r, plain: true}).document(d)
		odd := (&writer{Rand: r}).document(d)
		for _, answer := range [][]byte{marshalled, plain, odd} {
			bySomeone("encoding/xml", byXML, answer, want)
			bySomeone("ours", ours, answer, want)
		}
		if seed%8 == 0 { // it takes its time
			bySomeone("the SDK", bySDK, marshalled, want)
			bySomeone("the SDK", bySDK, plain, want)
		}
	}
}

// listing is an answer with everything; the tests replace parts of it.
const listing = `<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>bucket</Name><Prefix>p</Prefix>` +
	`<NextContinuationToken>t&amp;1</NextContinuationToken><EncodingType>url</EncodingType><KeyCount>3</KeyCount><MaxKeys>3</MaxKeys>` +
	`<IsTruncated>true</IsTruncated><Contents><Key>p/a+%2B</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified>` +
	`<ETag>&quot;e&quot;</ETag><ChecksumAlgorithm>CRC32</ChecksumAlgorithm><ChecksumAlgorithm>SHA1</ChecksumAlgorithm><Size>17</Size>` +
	`<Owner><ID>1</ID><DisplayName>n</DisplayName></Owner><StorageClass>STANDARD</StorageClass></Contents>` +
	`<CommonPrefixes><Prefix>p/b/</Prefix></CommonPrefixes></ListBucketResult>
`

func TestAListingWithEverything(t *testing.T) {
	t.Parallel()
	entry := fastlane.Entry{
		Key: "p/a +", Size: 17, ETag: `"e"`, Modified: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), StorageClass: "STANDARD",
	}
	want := content{Named: true, Truncated: true, Next: "t&1", Entries: []fastlane.Entry{entry}, Prefixes: []string{"p/b/"}}
	var page fastlane.Page
	require.NoError(t, page.Parse([]byte(listing)))
	assert.Equal(t, want, contentOf(&page))

	for _, c := range []struct {
		old, new string
		change   func(*content)
	}{
		{"<Name>bucket</Name>", "", func(c *content) { c.Named = false }},
		{"<Name>bucket</Name>", "<Name/>", func(c *content) {}},
		{"<IsTruncated>true</IsTruncated>", "", func(c *content) { c.Truncated = false }},
		{"<EncodingType>url</EncodingType>", "", func(c *content) { c.Entries[0].Key = "p/a+%2B" }},
		{"<EncodingType>url</EncodingType>", "<EncodingType/>", func(c *content) { c.Entries[0].Key = "p/a+%2B" }},
		{".000Z", "Z", func(c *content) {}},
		{".000Z", ".25+02:00", func(c *content) { c.Entries[0].Modified = time.Date(2026, 1, 2, 1, 4, 5, 25e7, time.UTC) }},
		{".000Z", ".123456789Z", func(c *content) { c.Entries[0].Modified = time.Date(2026, 1, 2, 3, 4, 5, 123456789, time.UTC) }},
		{"<Size>17</Size>", "", func(c *content) { c.Entries[0].Size = 0 }},
		{"<Size>17</Size>", "<Size>9223372036854775807</Size>", func(c *content) { c.Entries[0].Size = 1<<63 - 1 }},
		{"<ID>1</ID>", strings.Repeat("<a>", 31) + strings.Repeat("</a>", 31), func(c *content) {}},
	} {
		want := want
		want.Entries = slices.Clone(want.Entries)
		c.change(&want)
		answer := replaced(t, c.old, c.new)
		require.NoError(t, page.Parse(answer), c.new)
		assert.Equal(t, want, contentOf(&page), c.new)
		standard, err := byXML(answer)
		require.NoError(t, err)
		assert.Equal(t, want, standard, c.new)
	}
}

// others are answers as servers write them that the tests do not start.
var others = map[string]string{
	"MinIO": `<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Prefix></Prefix><NextContinuationToken>YQpb&#34;bWluaW8=</NextContinuationToken><KeyCount>2</KeyCount><MaxKeys>2</MaxKeys><Delimiter>%2F</Delimiter><IsTruncated>true</IsTruncated><Contents><Key>a%2Bb</Key><LastModified>2026-01-02T03:04:05.678Z</LastModified><ETag>&#34;d41d8cd98f00b204e9800998ecf8427e&#34;</ETag><Size>0</Size><Owner><ID>02d6176d</ID><DisplayName>minio</DisplayName></Owner><StorageClass>STANDARD</StorageClass><UserMetadata><content-type>text/plain</content-type><X-Amz-Meta-A>&lt;</X-Amz-Meta-A></UserMetadata><Internal><K>1</K><M>1</M></Internal></Contents><CommonPrefixes><Prefix>c%2F</Prefix></CommonPrefixes><EncodingType>url</EncodingType></ListBucketResult>`,
	"Ceph": `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Prefix></Prefix><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated><Contents><Key>a &amp; b</Key><LastModified>2026-01-02T03:04:05.678Z</LastModified><ETag>&quot;d41d8cd98f00b204e9800998ecf8427e-2&quot;</ETag><Size>5368709121</Size><StorageClass>STANDARD</StorageClass><Owner><ID>u</ID><DisplayName>U</DisplayName></Owner><Type>Normal</Type></Contents><KeyCount>1</KeyCount></ListBucketResult>`,
	"GCS":  `<?xml version='1.0' encoding='UTF-8'?><ListBucketResult xmlns='http://s3.amazonaws.com/doc/2006-03-01/'><Name>b</Name><Prefix/><KeyCount>1</KeyCount><IsTruncated>false</IsTruncated><Contents><Key>a'b</Key><Generation>1690000000000000</Generation><MetaGeneration>1</MetaGeneration><LastModified>2026-01-02T03:04:05.678Z</LastModified><ETag>"d41d8cd98f00b204e9800998ecf8427e"</ETag><Size>7</Size></Contents></ListBucketResult>`,
	"AWS": `<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Prefix>p</Prefix><KeyCount>1</KeyCount><MaxKeys>1000</MaxKeys><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated><Contents><Key>p%01</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified><ETag>&quot;d41d8cd98f00b204e9800998ecf8427e&quot;</ETag><ChecksumAlgorithm>CRC32</ChecksumAlgorithm><ChecksumAlgorithm>SHA256</ChecksumAlgorithm><ChecksumType>COMPOSITE</ChecksumType><Size>7</Size><Owner><ID>1</ID></Owner><RestoreStatus><IsRestoreInProgress>false</IsRestoreInProgress><RestoreExpiryDate>2026-02-02T00:00:00.000Z</RestoreExpiryDate></RestoreStatus><StorageClass>GLACIER</StorageClass></Contents></ListBucketResult>`,
}

func TestAListingOfOtherServers(t *testing.T) {
	t.Parallel()
	var page fastlane.Page
	for name, answer := range others {
		sdk, err := bySDK([]byte(answer))
		require.NoError(t, err, name)
		require.NoError(t, page.Parse([]byte(answer)), name)
		assert.Equal(t, sdk, contentOf(&page), name)
		assert.Len(t, page.Entries, 1, name)
		assert.True(t, page.Named, name)
	}
}

func replaced(t testing.TB, old, by string) []byte {
	require.Contains(t, listing, old)
	return []byte(strings.Replace(listing, old, by, 1))
}

// refused are changes of the listing after which it is left to the SDK.
var refused = [][2]string{
	// Not well-formed, or not in a way that XML 1.0 has.
	{listing, ""},
	{listing, " "},
	{listing, "text"},
	{listing, "<"},
	{listing, `<?xml version="1.0"?>`},
	{"<?xml", "\uFEFF<?xml"},
	{"<?xml", " <?xml"},
	{"<?xml", "text<?xml"},
	{"1.0", "1.1"},
	{` version="1.0"`, ""},
	{` encoding="UTF-8"`, ` encoding="ISO-8859-1"`},
	{` encoding="UTF-8"`, ` encoding="UTF-8`},
	{` encoding="UTF-8"`, `encoding="UTF-8"`},
	{` encoding="UTF-8"`, ` standalone="maybe"`},
	{` encoding="UTF-8"`, ` other="UTF-8"`},
	{"UTF-8\"?>", "UTF-8\">"},
	{"?>\n", "?>\n<!DOCTYPE ListBucketResult>"},
	{"?>\n", "?>\n<!DOCTYPE a [<!ENTITY b \"c\">]>"},
	{"?>\n", "?>\n&#32;"},
	{"?>\n", "?>\n<![CDATA[]]>"},
	{"?>\n", "?>\n<!-- a -- b -->"},
	{"?>\n", "?>\n<!-- a --->"},
	{"?>\n", "?>\n<!-- a"},
	{"?>\n", "?>\n<!- a -->"},
	{"?>\n", "?>\n<!-- \x01 -->"},
	{"?>\n", "?>\n<?a \x01?>"},
	{"?>\n", "?>\n<?a"},
	{"?>\n", "?>\n<??>"},
	{"?>\n", "?>\n<?a.b:c?>"},
	{"?>\n", "?>\n<?XML?>"},
	{"</ListBucketResult>\n", "</ListBucketResult><?xml version='1.0'?>"},
	{"</ListBucketResult>\n", "</ListBucketResult>text"},
	{"</ListBucketResult>\n", "</ListBucketResult>\x00"},
	{"</ListBucketResult>\n", "</ListBucketResult></ListBucketResult>"},
	{"</ListBucketResult>\n", "</ListBucketResult><ListBucketResult/>"},
	{"</ListBucketResult>\n", "</ListBucketResult><!-- "},
	{"</ListBucketResult>\n", "</ListBucketResult><?a "},
	{"</ListBucketResult>\n", "</ListBucketResult"},
	{"</ListBucketResult>\n", "</ListBucketResult a='b'>"},
	{"</ListBucketResult>\n", ""},
	{"</ListBucketResult>\n", "</ListBucket>"},
	{"</ListBucketResult>\n", "<ListBucketResult>"},
	{"</ListBucketResult>\n", "</>"},
	{"</Contents>", ""},
	{"</Contents>", "</Contents></Contents>"},
	{"</Contents>", "</CommonPrefixes>"},
	{"</Key>", "</Size>"},
	{"</Key>", "</Kex>"},
	{"</Key>", "<Key>"},
	{"</Key>", "<Key/>"},
	{"</Key>", "</ Key>"},
	{"</Key>", "< /Key>"},
	{"</Key>", "</Key"},
	{"</ID>", "</DisplayName>"},
	{"</ID>", ""},
	{"</ID>", "</ID><1/>"},
	{"</ID>", "</ID>< a/>"},
	{"</ID>", "</ID><a / >"},
	{"</ID>", "</ID><a b/>"},
	{"</ID>", "</ID><a b=c/>"},
	{"</ID>", "</ID><a b='c/>"},
	{"</ID>", "</ID><a b'c'/>"},
	{"</ID>", "</ID><a b=/>"},
	{"</ID>", "</ID><a b='c'd='e'/>"},
	{"</ID>", "</ID><a b='<'/>"},
	{"</ID>", "</ID><a b='&c;'/>"},
	{"</ID>", "</ID><a b=\"&c;\"/>"},
	{"</ID>", "</ID><a b='\x01'/>"},
	{"</ID>", "</ID><a :b=''/>"},
	{"</ID>", "</ID><a b:=''/>"},
	{"</ID>", "</ID><a b:c:d=''/>"},
	{"</ID>", "</ID>&"},
	{"</ID>", "</ID>]]>"},
	{"</ID>", "</ID>\xff"},
	{"p/a", "p/a<"},
	{"p/a", "p/a&"},
	{"p/a", "p/a&;"},
	{"p/a", "p/a&amp"},
	{"p/a", "p/a&Amp;"},
	{"p/a", "p/a&nbsp;"},
	{"p/a", "p/a&65;"},
	{"p/a", "p/a&#;"},
	{"p/a", "p/a&#x;"},
	{"p/a", "p/a&#X41;"},
	{"p/a", "p/a&#4a;"},
	{"p/a", "p/a&#+65;"},
	{"p/a", "p/a&#-65;"},
	{"p/a", "p/a&# 65;"},
	{"p/a", "p/a&#x6_5;"},
	{"p/a", "p/a&#65 ;"},
	{"p/a", "p/a&#0;"},
	{"p/a", "p/a&#1;"},
	{"p/a", "p/a&#xD800;"},
	{"p/a", "p/a&#xFFFE;"},
	{"p/a", "p/a&#x110000;"},
	{"p/a", "p/a&#4294967361;"},
	{"p/a", "p/a&#18446744073709551681;"},
	{"p/a", "p/a\x00"},
	{"p/a", "p/a\x0b"},
	{"p/a", "p/a\x1f"},
	{"p/a", "p/a\xff"},
	{"p/a", "p/a\xed\xa0\x80"},
	{"p/a", "p/a\xc0\xaf"},
	{"p/a", "p/a\uFFFE"},
	{"p/a", "p/a\uFFFF"},
	{"p/a", "p/a]]>"},
	{"p/a", "p/a<![CDATA[b"},
	{"p/a", "p/a<![CDATA[b]]"},
	{"p/a", "p/a<![CDATA[\x01]]>"},
	{"p/a", "p/a<![CDATA b]]>"},
	{"p/a", "p/a<!DOCTYPE a>"},
	// Well-formed, but nothing that S3 says.
	{"<ListBucketResult ", "<Error/><ListBucketResult "},
	{listing, "<Error><Code>InternalError</Code></Error>"},
	{listing, "<listBucketResult/>"},
	{"<Name>", "<Name>b</Name><Name>"},
	{"<EncodingType>", "<EncodingType>url</EncodingType><EncodingType>"},
	{"<IsTruncated>", "<IsTruncated>true</IsTruncated><IsTruncated>"},
	{"<NextContinuationToken>", "<NextContinuationToken/><NextContinuationToken>"},
	{"</Contents>", "</Contents><Name>b</Name>"},
	{"</CommonPrefixes>", "</CommonPrefixes><Name>b</Name>"},
	{"<Key>", "<Key>b</Key><Key>"},
	{"</LastModified>", "</LastModified><LastModified>2026-01-02T03:04:05Z</LastModified>"},
	{"</ETag>", "</ETag><ETag/>"},
	{"</Size>", "</Size><Size>17</Size>"},
	{"</StorageClass>", "</StorageClass><StorageClass>STANDARD</StorageClass>"},
	{"</Prefix></Com", "</Prefix><Prefix>p/c/</Prefix></Com"},
	{"<Contents><Key>", "<Contents><key>"},
	{"<Contents><Key>", "<Contents>text<Key>"},
	{"<Contents><Key>", "<Contents>&amp;<Key>"},
	{"<Contents><Key>", "<Contents>\u00a0<Key>"},
	{"<Contents><Key>", "<Contents><![CDATA[a]]><Key>"},
	{"<Contents>", "<contents/><Contents>"},
	{"<Contents>", "text<Contents>"},
	{"<Contents>", "<s3:Contents/><Contents>"},
	{"<Contents>", "<Contents/><Contents>"},
	{"<Contents>", "<Cöntents/><Contents>"},
	{"<Key>p/a+%2B</Key>", ""},
	{"<Key>p/a+%2B</Key>", "<Key/>"},
	{"<Key>p/a+%2B</Key>", "<Key></Key>"},
	{"<Key>p/a+%2B</Key>", "<Key>&amp</Key>"},
	{"<Key>p/a+%2B</Key>", "<Key><Key>a</Key></Key>"},
	{"<Key>p/a+%2B</Key>", "<Key>a<b/></Key>"},
	{"<Prefix>p/b/</Prefix>", ""},
	{"<Prefix>p/b/</Prefix>", "<Prefix/>"},
	{"<Prefix>p/b/</Prefix>", "<Prefix>%</Prefix>"},
	{"%2B", "%"},
	{"%2B", "%2"},
	{"%2B", "%2G"},
	{"</CommonPrefixes>", "</CommonPrefixes><CommonPrefixes><Prefix>%2</Prefix></CommonPrefixes><CommonPrefixes><Prefix>b/</Prefix></CommonPrefixes>"},
	{"%2B", "%+2"},
	{"%2B", "%%2B"},
	{"<EncodingType>url", "<EncodingType>URL"},
	{"<EncodingType>url", "<EncodingType> url"},
	{"<EncodingType>url", "<EncodingType>base64"},
	{"<IsTruncated>true", "<IsTruncated>"},
	{"<IsTruncated>true", "<IsTruncated>True"},
	{"<IsTruncated>true", "<IsTruncated>1"},
	{"<IsTruncated>true", "<IsTruncated> true"},
	{"<Size>17", "<Size>"},
	{"<Size>17", "<Size> 17"},
	{"<Size>17", "<Size>17 "},
	{"<Size>17", "<Size>-17"},
	{"<Size>17", "<Size>+17"},
	{"<Size>17", "<Size>1_7"},
	{"<Size>17", "<Size>1.7"},
	{"<Size>17", "<Size>0x17"},
	{"<Size>17", "<Size>9223372036854775808"},
	{"<Size>17", "<Size>18446744073709551633"},
	{"2026-01-02T03:04:05.000Z", ""},
	{"2026-01-02T03:04:05.000Z", "2026-01-02"},
	{"2026-01-02T03:04:05.000Z", "2026-02-30T03:04:05Z"},
	{"2026-01-02T03:04:05.000Z", "2026-01-02T24:04:05Z"},
	{"2026-01-02T03:04:05.000Z", "2026-01-02T03:04:05"},
	{"2026-01-02T03:04:05.000Z", "2026-01-02 03:04:05Z"},
	{"2026-01-02T03:04:05.000Z", " 2026-01-02T03:04:05Z"},
	{"2026-01-02T03:04:05.000Z", "Fri, 02 Jan 2026 03:04:05 GMT"},
	{"<ID>1</ID>", strings.Repeat("<a>", 32) + strings.Repeat("</a>", 32)},
	{"<ID>1</ID>", strings.Repeat("<a>", 32) + "<a/>" + strings.Repeat("</a>", 32)},
}

func TestWhatIsNoListingIsAnError(t *testing.T) {
	t.Parallel()
	var page fastlane.Page
	for _, c := range refused {
		require.NoError(t, page.Parse([]byte(listing)))
		assert.Equal(t, fastlane.ErrListing, page.Parse(replaced(t, c[0], c[1])), "%q", c)
		assert.Equal(t, content{Entries: []fastlane.Entry{}, Prefixes: []string{}}, contentOf(&page), "%q", c)
	}
	for i := range len(listing) - 1 { // without the last line feed it is whole
		assert.Equal(t, fastlane.ErrListing, page.Parse([]byte(listing[:i])), "the first %d bytes", i)
	}
}

// The strings of a page belong to whom they were given.
func TestStringsOfAPageStay(t *testing.T) {
	t.Parallel()
	var page fastlane.Page
	answer := []byte(listing)
	require.NoError(t, page.Parse(answer))
	first := contentOf(&page)
	clear(answer)
	require.NoError(t, page.Parse([]byte(strings.NewReplacer("p/a", "q/b", "p/b/", "q/c/", "&quot;e", "&quot;f").Replace(listing))))
	assert.Equal(t, "p/a +", first.Entries[0].Key)
	assert.Equal(t, `"e"`, first.Entries[0].ETag)
	assert.Equal(t, []string{"p/b/"}, first.Prefixes)
	assert.Equal(t, "q/b +", page.Entries[0].Key)
	require.NoError(t, page.Parse([]byte("<ListBucketResult/>")))
	assert.Equal(t, fastlane.Entry{}, page.Entries[:1][0], "it keeps the text of a page that is gone")
	assert.Empty(t, page.Prefixes[:1][0], "it keeps the text of a page that is gone")
}

// manyKeys is an answer as AWS writes it.
func manyKeys(n int) []byte {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">` +
		`<Name>bucket</Name><Prefix></Prefix><KeyCount>1000</KeyCount><MaxKeys>1000</MaxKeys><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>`)
	for i := range n {
		fmt.Fprintf(&b, `<Contents><Key>data/year%%3D2026/month%%3D01/part-%08d.parquet</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified>`+
			`<ETag>&quot;%032x&quot;</ETag><ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType>`+
			`<Size>%d</Size><StorageClass>STANDARD</StorageClass></Contents>`, i, i, i*1000)
	}
	b.WriteString(`<NextContinuationToken>1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=</NextContinuationToken></ListBucketResult>`)
	return []byte(b.String())
}

func TestAPageIsOneAllocation(t *testing.T) {
	for name, answer := range map[string][]byte{
		"AWS":     manyKeys(1000),
		"offsets": bytes.ReplaceAll(manyKeys(1000), []byte(".000Z"), []byte("+00:00")),
	} {
		var page fastlane.Page
		got := testing.AllocsPerRun(20, func() {
			if err := page.Parse(answer); err != nil {
				t.Fatal(err)
			}
		})
		require.Len(t, page.Entries, 1000)
		assert.EqualValues(t, 1, got, name)
		first, last := page.Entries[0].StorageClass, page.Entries[999].StorageClass
		assert.Same(t, unsafe.StringData(first), unsafe.StringData(last), "there is a copy of the storage class for each key")
	}
}

func BenchmarkListing(b *testing.B) {
	const keys = 1000
	answer := manyKeys(keys)
	var page fastlane.Page
	for _, c := range []struct {
		name  string
		parse func() error
	}{
		{"fastlane", func() error { return page.Parse(answer) }},
		{"encoding_xml", func() error { _, err := byXML(answer); return err }},
		{"sdk", func() error { _, err := bySDK(answer); return err }},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(answer)))
			for b.Loop() {
				if err := c.parse(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/keys, "ns/key")
		})
	}
}

// FuzzListing compares with those who read everything: what we read, they read, and alike.
func FuzzListing(f *testing.F) {
	f.Add([]byte(listing))
	for _, answer := range others {
		f.Add([]byte(answer))
	}
	for _, c := range refused {
		f.Add(replaced(f, c[0], c[1]))
	}
	for seed := range uint64(32) {
		r := rand.New(rand.NewPCG(seed, 1))
		d, _ := oddDocument(r)
		f.Add((&writer{Rand: r}).document(d))
	}
	var page fastlane.Page
	f.Fuzz(func(t *testing.T, answer []byte) {
		before := bytes.Clone(answer)
		err := page.Parse(answer)
		require.Equal(t, before, answer, "the answer was changed")
		got := contentOf(&page)
		if err != nil {
			require.Equal(t, fastlane.ErrListing, err)
			require.Equal(t, content{Entries: []fastlane.Entry{}, Prefixes: []string{}}, got)
			return
		}
		standard, err := byXML(answer)
		require.NoError(t, err)
		require.Equal(t, standard, got)
		sdk, err := bySDK(answer)
		if err == nil { // it reads no text that is in pieces, and more than we do: numbers and owners
			require.Equal(t, sdk, got)
		}
	})
}

// tee keeps the last answer.
type tee struct {
	http.Client
	answer []byte
}

func (c *tee) Do(r *http.Request) (*http.Response, error) {
	answer, err := c.Client.Do(r)
	if err != nil {
		return nil, err
	}
	c.answer, err = io.ReadAll(answer.Body)
	answer.Body.Close()
	answer.Body = io.NopCloser(bytes.NewReader(c.answer))
	return answer, err
}

func TestListingsOfServers(t *testing.T) {
	t.Parallel()
	for _, target := range []string{"versitygw", "moto"} {
		t.Run(target, func(t *testing.T) {
			t.Parallel()
			server := s3test.Start(t, target)
			place := server.Place(t)
			http := &tee{Client: http.Client{Transport: &http.Transport{TLSClientConfig: server.TLS()}}}
			client := s3.New(s3.Options{
				Region: server.Getenv("AWS_REGION"), BaseEndpoint: aws.String(server.Getenv("AWS_ENDPOINT_URL")), UsePathStyle: true,
				Credentials: credentials.NewStaticCredentialsProvider(server.Getenv("AWS_ACCESS_KEY_ID"), server.Getenv("AWS_SECRET_ACCESS_KEY"), ""),
				HTTPClient:  http,
			})
			var keys []string
			for _, name := range []string{"a", "a b+c", "b&<>'\"]]>", "c%2Fd", "tab\tkey", "ü/\U0001F600", "x/1", "x/2", "y/1"} {
				keys = append(keys, place.Prefix+name)
				_, err := client.PutObject(t.Context(), &s3.PutObjectInput{
					Bucket: &place.Bucket, Key: aws.String(place.Prefix + name), Body: strings.NewReader(name),
				})
				require.NoError(t, err, name)
			}
			slices.Sort(keys)
			var page fastlane.Page
			for _, encoding := range []types.EncodingType{"", "url"} {
				for _, delimiter := range []string{"", "/"} {
					var listed []string
					input := &s3.ListObjectsV2Input{
						Bucket: &place.Bucket, Prefix: &place.Prefix, MaxKeys: aws.Int32(4), EncodingType: encoding, FetchOwner: aws.Bool(true),
					}
					if delimiter != "" {
						input.Delimiter = &delimiter
					}
					for page.Truncated = true; page.Truncated; input.ContinuationToken = &page.Next {
						out, err := client.ListObjectsV2(t.Context(), input)
						require.NoError(t, err)
						sdk, err := contentOfSDK(out)
						require.NoError(t, err)
						require.NoError(t, page.Parse(http.answer), "%s", http.answer)
						require.Equal(t, sdk, contentOf(&page), "%s", http.answer)
						standard, err := byXML(http.answer)
						require.NoError(t, err)
						require.Equal(t, standard, contentOf(&page), "%s", http.answer)
						require.True(t, page.Named)
						for _, e := range page.Entries {
							listed = append(listed, e.Key)
							assert.EqualValues(t, len(e.Key)-len(place.Prefix), e.Size, e.Key)
							assert.WithinDuration(t, time.Now(), e.Modified, time.Hour)
						}
						listed = append(listed, page.Prefixes...)
					}
					slices.Sort(listed)
					if delimiter == "" {
						assert.Equal(t, keys, listed)
					} else {
						assert.Equal(t, 8, len(listed), "%q", listed)
					}
				}
			}
		})
	}
}
