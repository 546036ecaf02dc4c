package main

import (
	"bytes"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
)

const (
	xmlHead  = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"
	xmlSpace = "http://s3.amazonaws.com/doc/2006-03-01/"
)

// answer writes the head of the answer to c.out, and returns its content.
func (c *conn) answer() ([]byte, error) {
	path, query, _ := strings.Cut(string(c.target), "?")
	key, err := url.PathUnescape(path)
	if err != nil {
		return nil, err
	}
	_, c.key, _ = strings.Cut(strings.TrimPrefix(key, "/"), "/")
	c.query = query
	if !c.signed {
		return c.refuse("403 Forbidden", "AccessDenied"), nil
	}
	if c.key == "" {
		return c.bucket()
	}
	if c.query != "" && !strings.HasPrefix(c.query, "x-id=") {
		return c.multipart()
	}
	switch {
	case c.method == "GET", c.method == "HEAD":
		return c.get(), nil
	case c.method == "PUT" && !c.copies:
		o, err := c.take()
		if err != nil {
			return nil, err
		}
		if !c.store.put(c.key, o, c.ifNoneMatch == "*") {
			return c.refuse("412 Precondition Failed", "PreconditionFailed"), nil
		}
		return c.done("200 OK", o.etag), nil
	case c.method == "DELETE":
		c.store.delete(c.key)
		c.head("204 No Content")
		return nil, nil
	}
	return c.refuse("501 Not Implemented", "NotImplemented"), nil
}

func (c *conn) get() []byte {
	o := c.store.get(c.key)
	switch {
	case o == nil:
		return c.refuse("404 Not Found", "NoSuchKey")
	case c.ifMatch != "" && c.ifMatch != o.etag && c.ifMatch != "*":
		return c.refuse("412 Precondition Failed", "PreconditionFailed")
	case o.dropped && c.method == "GET":
		return c.refuse("501 Not Implemented", "Dropped")
	}
	first, end := int64(0), o.size
	status := "200 OK"
	if c.ranged {
		status = "206 Partial Content"
		switch {
		case c.first < 0: // the last bytes
			first = max(o.size-c.end, 0)
		case c.end < 0:
			first = c.first
		default:
			first, end = c.first, min(c.end+1, o.size)
		}
		if first >= end {
			return c.refuse("416 Range Not Satisfiable", "InvalidRange")
		}
	}
	c.head(status)
	c.field("Last-Modified", o.http)
	c.field("ETag", o.etag)
	c.field("x-amz-server-side-encryption", "AES256")
	c.field("Accept-Ranges", "bytes")
	c.field("Content-Type", "application/octet-stream")
	if c.ranged {
		c.field("Content-Range", fmt.Sprintf("bytes %d-%d/%d", first, end-1, o.size))
	}
	c.size(end - first)
	if c.method == "HEAD" {
		return nil
	}
	return o.data[first:end]
}

// multipart answers what is about an upload in parts.
func (c *conn) multipart() ([]byte, error) {
	query, err := url.ParseQuery(c.query)
	if err != nil {
		return nil, err
	}
	id, number := query.Get("uploadId"), query.Get("partNumber")
	switch {
	case c.method == "POST" && query.Has("uploads"):
		id = c.store.begin(c.key)
		return c.xml("200 OK", fmt.Appendf(nil, "<InitiateMultipartUploadResult xmlns=%q><Bucket>bench</Bucket><Key>%s</Key>"+
			"<UploadId>%s</UploadId></InitiateMultipartUploadResult>", xmlSpace, c.key, id)), nil
	case c.method == "PUT" && number != "" && !c.copies:
		n, err := strconv.Atoi(number)
		if err != nil {
			return nil, err
		}
		o, err := c.take()
		if err != nil {
			return nil, err
		}
		if !c.store.part(id, n, o) {
			return c.refuse("404 Not Found", "NoSuchUpload"), nil
		}
		return c.done("200 OK", o.etag), nil
	case c.method == "POST" && id != "":
		o := c.store.end(id)
		if o == nil {
			return c.refuse("404 Not Found", "NoSuchUpload"), nil
		}
		return c.xml("200 OK", fmt.Appendf(nil, "<CompleteMultipartUploadResult xmlns=%q><Location>/bench/%s</Location>"+
			"<Bucket>bench</Bucket><Key>%s</Key><ETag>&quot;%s&quot;</ETag></CompleteMultipartUploadResult>",
			xmlSpace, c.key, c.key, strings.Trim(o.etag, `"`))), nil
	case c.method == "DELETE" && id != "":
		c.store.abort(id)
		c.head("204 No Content")
		return nil, nil
	}
	return c.refuse("501 Not Implemented", "NotImplemented"), nil
}

// bucket answers what is about the bucket.
func (c *conn) bucket() ([]byte, error) {
	query, err := url.ParseQuery(c.query)
	if err != nil {
		return nil, err
	}
	switch {
	case c.method == "HEAD":
		c.head("200 OK")
		c.field("x-amz-bucket-region", "us-east-1")
		c.size(0)
		return nil, nil
	case c.method == "POST" && query.Has("delete"):
		body, err := io.ReadAll(c.body)
		if err != nil {
			return nil, err
		}
		return c.deleteMany(body), nil
	case c.method == "GET" && query.Get("list-type") == "2" && query.Get("delimiter")+query.Get("start-after") == "":
		most := pageSize
		if n := query.Get("max-keys"); n != "" {
			if most, err = strconv.Atoi(n); err != nil {
				return nil, err
			}
		}
		return c.xml("200 OK", c.store.list(query.Get("prefix"), query.Get("continuation-token"), most)), nil
	}
	return c.refuse("501 Not Implemented", "NotImplemented"), nil
}

// deleteMany deletes what is between <Key> and </Key>.
func (c *conn) deleteMany(body []byte) []byte {
	quiet := bytes.Contains(body, []byte("<Quiet>true</Quiet>"))
	var keys []string
	answer := append([]byte(nil), xmlHead+`<DeleteResult xmlns="`+xmlSpace+`">`...)
	for {
		_, rest, found := bytes.Cut(body, []byte("<Key>"))
		if !found {
			break
		}
		key, rest, _ := bytes.Cut(rest, []byte("</Key>"))
		keys, body = append(keys, string(key)), rest
		if !quiet {
			answer = append(append(append(answer, "<Deleted><Key>"...), key...), "</Key></Deleted>"...)
		}
	}
	c.store.delete(keys...)
	return c.xml("200 OK", append(answer, "</DeleteResult>"...))
}

// done answers that something was written.
func (c *conn) done(status, etag string) []byte {
	c.head(status)
	c.field("ETag", etag)
	c.field("x-amz-server-side-encryption", "AES256")
	c.size(0)
	return nil
}

func (c *conn) refuse(status, code string) []byte {
	return c.xml(status, fmt.Appendf(nil, "%s<Error><Code>%s</Code><Message>%s</Message></Error>", xmlHead, code, code))
}

func (c *conn) xml(status string, content []byte) []byte {
	c.head(status)
	c.field("Content-Type", "application/xml")
	c.size(int64(len(content)))
	if c.method == "HEAD" {
		return nil
	}
	return content
}
