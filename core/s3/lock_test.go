package s3_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core"
	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/tests/s3test"
)

const putItem = "DynamoDB PutItem"

// Behind a lock every write that may not overwrite is refused where the key
// exists, on an endpoint that ignores conditions.
func TestConditionalPutDynamo(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "moto")
	relay := newRelay(t)
	ignoreConditions(relay)
	option := "dynamo:" + server.LockTable(t)
	for _, w := range writers {
		t.Run(w.name, func(t *testing.T) {
			place := server.Place(t)
			direct := openIn(t, serverVariables(t, server), place.URL)
			put(t, direct, "source", "text")
			put(t, direct, "old", "old")
			store := relay.open(t, server, place.URL, settings{"conditional_put": option})
			relay.take()
			requireError(t, w.do(t, store, "old"), errs.AlreadyExists)
			assert.NotContains(t, relay.took(), putItem, "the object was there already")
			text, err := read(t.Context(), direct, "old", core.GetOptions{})
			require.NoError(t, err)
			assert.Equal(t, "old", text)
			assert.Empty(t, uploadsOf(t, server, place))

			relay.take()
			require.NoError(t, w.do(t, store, "new"))
			requests := relay.take()
			assert.Len(t, only(requests, putItem), 2)
			for _, request := range requests {
				assert.Empty(t, request.Get("If-None-Match"), "%s asks for what the endpoint ignores", request.operation)
			}
		})
	}
	t.Run("requests", func(t *testing.T) {
		store := relay.open(t, server, server.Place(t).URL, settings{"conditional_put": option})
		relay.take()
		put(t, store, "a", "text")
		assert.Equal(t, []string{"HeadObject", putItem, "PutObject", putItem}, relay.took())
		require.NoError(t, store.Copy(t.Context(), "a", "b", core.CopyOptions{}))
		assert.Equal(t, []string{"HeadObject", putItem, "CopyObject", putItem}, relay.took(), "of the target")
		requireError(t, store.Copy(t.Context(), "none", "b", core.CopyOptions{}), errs.NotFound)
		requireError(t, store.Copy(t.Context(), "none", "c", core.CopyOptions{}), errs.NotFound)
		relay.take()
		_, err := store.Put(t.Context(), "a", nil, core.PutOptions{Overwrite: true})
		require.NoError(t, err)
		require.NoError(t, store.Copy(t.Context(), "a", "b", core.CopyOptions{Overwrite: true}))
		assert.Equal(t, []string{"PutObject", "CopyObject"}, relay.took())
	})
	t.Run("again after a delete", func(t *testing.T) {
		store := relay.open(t, server, server.Place(t).URL, settings{"conditional_put": option})
		begun := time.Now()
		for range 3 {
			put(t, store, "a", "text")
			require.NoError(t, store.Delete(t.Context(), "a", core.DeleteOptions{}))
		}
		assert.Less(t, time.Since(begun), 20*time.Second, "nobody waits for a lock that is released")
	})
}

// The two options are apart, and each has its table.
func TestLocksOfCopies(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "moto")
	relay := newRelay(t)
	puts, copies := server.LockTable(t), server.LockTable(t)
	for _, c := range []struct {
		name         string
		s            settings
		puts, copies int // requests to DynamoDB
		condition    string
	}{
		{"copies only", settings{"copy_if_not_exists": "dynamo:" + copies}, 0, 2, ""},
		{"both", settings{"conditional_put": "dynamo:" + puts, "copy_if_not_exists": "dynamo:" + copies + ":5000"}, 2, 2, ""},
		{"puts, for copies too", settings{"conditional_put": "dynamo:" + puts}, 2, 2, ""},
		{"puts only", settings{"conditional_put": "dynamo:" + puts, "copy_if_not_exists": "native"}, 2, 0, "*"},
	} {
		t.Run(c.name, func(t *testing.T) {
			place := server.Place(t)
			store := relay.open(t, server, place.URL, c.s)
			relay.take()
			put(t, store, "a", "text")
			assert.Len(t, only(relay.take(), putItem), c.puts)
			require.NoError(t, store.Copy(t.Context(), "a", "b", core.CopyOptions{}))
			requests := relay.take()
			assert.Len(t, only(requests, putItem), c.copies)
			require.Len(t, only(requests, "CopyObject"), 1)
			assert.Equal(t, c.condition, only(requests, "CopyObject")[0].Get("If-None-Match"))

			table := copies
			if c.s["copy_if_not_exists"] == "" {
				table = puts
			}
			holds := func(record s3test.Record) bool { return record["path"]["S"] == place.Prefix+"b" }
			assert.Equal(t, c.copies > 0, slices.ContainsFunc(server.Locks(t, table), holds), "the key in the bucket")
		})
	}
	t.Run("what replaces a lock", func(t *testing.T) {
		o := settings{"conditional_put": "dynamo:" + puts}.options(t, serverVariables(t, server))
		require.NoError(t, o.Set("http_proxy", relay.url))
		require.NoError(t, o.Set("conditional_put", "etag"))
		store, err := core.Open(server.Place(t).URL, o)
		require.NoError(t, err)
		defer store.Close()
		relay.take()
		put(t, store, "a", "text")
		assert.Equal(t, []string{"PutObject"}, relay.took())
	})
}

// A source that is too large for one CopyObject is completed behind the lock,
// and its parts are copied before.
func TestLockOfALargeCopy(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "moto")
	relay := newRelay(t)
	store := relay.open(t, server, server.Place(t).URL,
		settings{"copy_if_not_exists": "dynamo:" + server.LockTable(t), "copy_part_size": "5242880"})
	_, err := store.Put(t.Context(), "a", make([]byte, 6<<20), core.PutOptions{})
	require.NoError(t, err)
	relay.refuse("CopyObject", 1, http.StatusBadRequest, "InvalidRequest")
	relay.take()
	require.NoError(t, store.Copy(t.Context(), "a", "b", core.CopyOptions{}))
	assert.Equal(t, []string{
		"HeadObject", putItem, "CopyObject", putItem,
		"HeadObject", "CreateMultipartUpload", "UploadPartCopy", "UploadPartCopy",
		"HeadObject", putItem, "HeadObject", putItem, "CompleteMultipartUpload", putItem,
	}, relay.took(), "the second time, the record is there already, and replaced at once")

	put(t, store, "empty", "")
	relay.refuse("CopyObject", 1, http.StatusBadRequest, "InvalidRequest")
	relay.take()
	require.NoError(t, store.Copy(t.Context(), "empty", "c", core.CopyOptions{}))
	assert.Equal(t, []string{
		"HeadObject", putItem, "CopyObject", putItem,
		"HeadObject", "HeadObject", putItem, "HeadObject", putItem, "PutObject", putItem,
	}, relay.took(), "it has no part to copy")
}

// What is known to have failed releases its lock; what may still be carried
// out keeps it.
func TestLockOfAFailedWrite(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "moto")
	for _, c := range []struct {
		name     string
		does     func(*relay)
		code     errs.Code
		released bool
	}{
		{"refused", func(r *relay) { r.refuse("PutObject", 1, http.StatusForbidden, "AccessDenied") }, errs.PermissionDenied, true},
		{"failed", func(r *relay) { r.refuse("PutObject", 1, http.StatusInternalServerError, "InternalError") }, errs.Unavailable, false},
		{"broken off, then refused", func(r *relay) {
			first := true
			r.meddle(func(w http.ResponseWriter, request *http.Request) bool {
				if operationOf(request) != "PutObject" {
					return false
				}
				if !first {
					answer(w, http.StatusForbidden, "AccessDenied")
					return true
				}
				first = false
				_, _ = io.Copy(io.Discard, request.Body)
				reset(w)
				return true
			})
		}, errs.PermissionDenied, false},
		{"silent", func(r *relay) {
			r.meddle(func(_ http.ResponseWriter, request *http.Request) bool {
				if operationOf(request) != "PutObject" {
					return false
				}
				stall(request)
				return true
			})
		}, errs.Unavailable, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			relay, table := newRelay(t), server.LockTable(t)
			store := relay.open(t, server, server.Place(t).URL, settings{"conditional_put": "dynamo:" + table + ":1000"})
			c.does(relay)
			_, err := store.Put(t.Context(), "a", []byte("text"), core.PutOptions{})
			e := requireError(t, err, c.code)
			if c.name == "silent" {
				assert.Contains(t, e.Message, `its lock in the DynamoDB table "`+table+`" lasts for 1s only`)
			}
			locks := server.Locks(t, table)
			require.Len(t, locks, 1)
			assert.Equal(t, c.released, locks[0]["timeout"]["N"] == "0")

			relay.meddle(nil)
			begun := time.Now()
			put(t, store, "a", "text")
			assert.Equal(t, !c.released, time.Since(begun) >= 2500*time.Millisecond, "%s", time.Since(begun))
		})
	}
}

func TestLockTableThatIsMissing(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "moto")
	store := openSet(t, serverVariables(t, server), server.Place(t).URL, settings{"conditional_put": "dynamo:no-such-table"})
	_, err := store.Put(t.Context(), "a", []byte("text"), core.PutOptions{})
	e := requireError(t, err, errs.InvalidOption)
	assert.Equal(t, `the DynamoDB table "no-such-table" of conditional_put: there is no such table in the region us-east-1`, e.Message)
	assert.Equal(t, "ResourceNotFoundException", e.S3Code)
	assert.Equal(t, 2, e.Attempts)
	exists, err := store.Exists(t.Context(), "a", core.Object)
	require.NoError(t, err)
	assert.False(t, exists)
}

// An endpoint that does not know DynamoDB is no reason to overwrite.
func TestLockOnAnEndpointWithoutDynamoDB(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "versitygw")
	store := openSet(t, serverVariables(t, server), server.Place(t).URL, settings{"conditional_put": "dynamo:locks"})
	_, err := store.Put(t.Context(), "a", []byte("text"), core.PutOptions{})
	e := requireError(t, err, errs.InvalidOption)
	assert.Contains(t, e.Message, "does not answer as DynamoDB does")
	exists, err := store.Exists(t.Context(), "a", core.Object)
	require.NoError(t, err)
	assert.False(t, exists)
}

func TestLockOfAPut(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var record map[string]map[string]string
	store := func(value string) *core.Store {
		return fakeSet(t, settings{"conditional_put": value}, func(w http.ResponseWriter, r *http.Request) {
			switch operationOf(r) {
			case putItem:
				var body struct {
					TableName           string
					ConditionExpression string
					Item                map[string]map[string]string
				}
				assert.NoError(t, json.NewDecoder(r.Body).Decode(&body))
				assert.Equal(t, "locks", body.TableName)
				assert.Equal(t, "/", r.URL.Path)
				mu.Lock()
				if body.Item["generation"]["N"] == "0" {
					record = body.Item
				}
				mu.Unlock()
				_, _ = io.WriteString(w, "{}")
			case "HeadObject":
				answer(w, http.StatusNotFound, "")
			default:
				w.Header().Set("ETag", `"1"`)
				w.Header().Set("X-Amz-Request-Id", "of-the-write")
			}
		})
	}
	for value, timeout := range map[string]string{"dynamo:locks": "20000", "dynamo:locks:5000": "5000", "dynamo:locks:3600000": "3600000"} {
		var progress driver.Progress
		_, err := store(value).Put(driver.WithProgress(t.Context(), &progress), "a", []byte("text"), core.PutOptions{})
		require.NoError(t, err)
		mu.Lock()
		assert.Equal(t, timeout, record["timeout"]["N"])
		mu.Unlock()
		assert.EqualValues(t, 4, progress.Attempts.Load())
		assert.Equal(t, "of-the-write", *progress.RequestID.Load())
	}
}

// With AWS, DynamoDB is beside S3.
func TestEndpointOfLocks(t *testing.T) {
	t.Parallel()
	for region, want := range map[string]string{
		"us-east-1":  "dynamodb.us-east-1.amazonaws.com",
		"cn-north-1": "dynamodb.cn-north-1.amazonaws.com.cn",
	} {
		hosts := make(chan string, 10)
		behind := newAuthority(t, func(w http.ResponseWriter, r *http.Request) {
			switch r.Method {
			case http.MethodPost:
				hosts <- r.Host
				_, _ = io.WriteString(w, "{}")
			case http.MethodHead:
				answer(w, http.StatusNotFound, "")
			default:
				w.Header().Set("ETag", `"1"`)
			}
		})
		proxy := newProxy(t, behind.server)
		store := openSet(t, variables(t, ""), "s3://bucket", settings{"conditional_put": "dynamo:locks", "region": region,
			"https_proxy": proxy.URL, "allow_invalid_certificates": "true"})
		_, err := store.Put(t.Context(), "a", []byte("text"), core.PutOptions{})
		require.NoError(t, err)
		assert.Equal(t, want, <-hosts)
	}
}

func TestLockOptions(t *testing.T) {
	t.Parallel()
	for _, option := range []string{"conditional_put", "copy_if_not_exists"} {
		for _, value := range []string{
			"dynamo", "dynamo:", "dynamo:ab", "dynamo:a b c", "dynamo::100", "dynamo:locks:", "dynamo:locks:20s", "dynamo:locks:99",
			"dynamo:locks:3600001", "dynamo:locks:-100", "dynamo:locks:100:", "dynamo:locks:100.5", "dynamo:locks:18446744073709551616",
			"dynamo:" + string(bytes.Repeat([]byte("a"), 256)),
		} {
			err := new(core.Options).Set(option, value)
			require.Equal(t, errs.InvalidOption, errs.CodeOf(err), "%s: %v", value, err)
			assert.ErrorContains(t, err, option+" must be dynamo:TABLE or dynamo:TABLE:TIMEOUT_MS")
			assert.ErrorContains(t, err, "100 to 3600000")
		}
		for _, value := range []string{"dynamodb:locks", "Dynamo:locks", "lock"} {
			err := new(core.Options).Set(option, value)
			require.Equal(t, errs.InvalidOption, errs.CodeOf(err), "%s: %v", value, err)
			assert.ErrorContains(t, err, option)
			assert.ErrorContains(t, err, "or dynamo:TABLE[:TIMEOUT_MS]")
		}
	}
}
