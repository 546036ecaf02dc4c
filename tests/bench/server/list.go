package main

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

const (
	listPrefix = "list/"
	listed     = 100_000
	pageSize   = 1000
)

// pagesOfList makes the answers for the keys of "list/", once.
func pagesOfList() [][]byte {
	made := make([][]byte, 0, listed/pageSize)
	for first := 0; first < listed; first += pageSize {
		var b strings.Builder
		next := ""
		if first+pageSize < listed {
			next = strconv.Itoa(first/pageSize + 1)
		}
		b.WriteString(listHead(listPrefix, pageSize, next))
		for i := first; i < first+pageSize; i++ {
			entry(&b, fmt.Sprintf("%s2026/part-%06d.parquet", listPrefix, i), "2026-01-02T03:04:05.000Z",
				fmt.Sprintf(`"%032x"`, i), int64(i))
		}
		made = append(made, []byte(b.String()+"</ListBucketResult>"))
	}
	return made
}

// list answers ListObjectsV2, without delimiters.
func (s *store) list(prefix, token string, most int) []byte {
	if strings.HasPrefix(prefix, listPrefix) && most == pageSize {
		n, _ := strconv.Atoi(token)
		return s.pages[n]
	}
	s.lock.RLock()
	defer s.lock.RUnlock()
	var b strings.Builder
	next, count := "", 0
	for _, key := range slices.Sorted(maps.Keys(s.objects)) {
		if !strings.HasPrefix(key, prefix) || key <= token {
			continue
		}
		if count == most {
			next = "more"
			break
		}
		o := s.objects[key]
		entry(&b, key, o.modified.Format(timeFormat), o.etag, o.size)
		token, count = key, count+1
	}
	if next != "" {
		next = token
	}
	return []byte(listHead(prefix, count, next) + b.String() + "</ListBucketResult>")
}

// listHead has the token of the next page, if there is one. The keys here need no
// escapes, neither of XML nor of URLs.
func listHead(prefix string, count int, next string) string {
	more := "<IsTruncated>false</IsTruncated>"
	if next != "" {
		more = "<IsTruncated>true</IsTruncated><NextContinuationToken>" + next + "</NextContinuationToken>"
	}
	return fmt.Sprintf("%s<ListBucketResult xmlns=%q><Name>bench</Name><Prefix>%s</Prefix><KeyCount>%d</KeyCount>"+
		"<MaxKeys>%d</MaxKeys><EncodingType>url</EncodingType>%s", xmlHead, xmlSpace, prefix, count, pageSize, more)
}

func entry(b *strings.Builder, key, modified, etag string, size int64) {
	fmt.Fprintf(b, "<Contents><Key>%s</Key><LastModified>%s</LastModified><ETag>&quot;%s&quot;</ETag>"+
		"<Size>%d</Size><StorageClass>STANDARD</StorageClass></Contents>", key, modified, strings.Trim(etag, `"`), size)
}
