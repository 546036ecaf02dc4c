package dynamolock_test

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/core/s3/dynamolock"
	"github.com/libremotestore/libremotestore/tests/s3test"
)

const secret = "a-secret-key"

func config(endpoint string) dynamolock.Config {
	return dynamolock.Config{
		Option: "conditional_put", Endpoint: endpoint, Region: "us-east-1",
		Credentials: credentials.NewStaticCredentialsProvider("AKIA", secret, ""),
		HTTPClient:  &http.Client{},
		Retryer: retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts = 3
			o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return time.Millisecond, nil })
		}),
		Begin: func(ctx context.Context) (context.Context, func(error) error) {
			return ctx, func(err error) error { return err }
		},
	}
}

// object is what the writers of a test write.
type object struct {
	exists atomic.Bool
	writes atomic.Int32
}

func (o *object) absent(context.Context) error {
	if o.exists.Load() {
		return driver.Exists()
	}
	return nil
}

func (o *object) write(context.Context) (bool, error) {
	o.writes.Add(1)
	o.exists.Store(true)
	return true, nil
}

// place is a table on a server.
type place struct {
	*s3test.Server
	name string
}

func TestTable(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "moto")
	for name, test := range map[string]func(*testing.T, place){
		"record":                       record,
		"long timeout":                 longTimeout,
		"condition that does not hold": conditionThatDoesNotHold,
		"lost race":                    lostRace,
		"takeover":                     takeover,
		"released":                     released,
		"race":                         race,
		"race for a takeover":          raceForATakeover,
		"etags":                        etags,
		"own timeout":                  ownTimeout,
		"failed write":                 failedWrite,
		"cancelled while it waits":     cancelledWhileItWaits,
		"table that does not serve":    tableThatDoesNotServe,
		"foreign record":               foreignRecord,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, place{server, server.LockTable(t)})
		})
	}
}

func (p place) open(timeout time.Duration) *dynamolock.Table {
	return dynamolock.New(dynamolock.Lock{Table: p.name, Timeout: timeout}, config(p.Getenv("AWS_ENDPOINT_URL")))
}

// find is the record of a key, which must be the only one of it.
func (p place) find(t *testing.T, key string) s3test.Record {
	t.Helper()
	var found []s3test.Record
	for _, record := range p.Locks(t, p.name) {
		if record["path"]["S"] == key {
			found = append(found, record)
		}
	}
	require.Len(t, found, 1)
	return found[0]
}

// left is a record as a client of object_store leaves it.
func left(key, etag, generation string, timeout time.Duration) s3test.Record {
	return s3test.Record{
		"path": {"S": key}, "etag": {"S": etag}, "generation": {"N": generation},
		"timeout": {"N": strconv.FormatInt(timeout.Milliseconds(), 10)},
		"ttl":     {"N": strconv.FormatInt(time.Now().Add(time.Hour).Unix(), 10)},
	}
}

func record(t *testing.T, p place) {
	for _, etag := range []string{dynamolock.Absent, `"0123abcd"`} {
		key := `a/b "ü" ` + etag
		err := p.open(dynamolock.DefaultTimeout).Conditionally(t.Context(), key, etag, new(object).absent, func(context.Context) (bool, error) {
			record := p.find(t, key)
			want := left(key, etag, "0", 20*time.Second)
			lives, err := strconv.ParseInt(record["ttl"]["N"], 10, 64)
			require.NoError(t, err)
			assert.InDelta(t, time.Now().Add(time.Hour).Unix(), lives, 10)
			want["ttl"] = record["ttl"]
			assert.Equal(t, want, record, "what object_store reads and writes, and nothing else")
			return true, nil
		})
		require.NoError(t, err)
		record := p.find(t, key)
		assert.Equal(t, "1", record["generation"]["N"], "it stays, and any client may replace it at once")
		assert.Equal(t, "0", record["timeout"]["N"])
		assert.Equal(t, etag, record["etag"]["S"])
	}
}

// A record lives for as long as any client may have to wait for it.
func longTimeout(t *testing.T, p place) {
	err := p.open(dynamolock.MaxTimeout).Conditionally(t.Context(), "a", dynamolock.Absent, new(object).absent, func(context.Context) (bool, error) {
		lives, err := strconv.ParseInt(p.find(t, "a")["ttl"]["N"], 10, 64)
		require.NoError(t, err)
		assert.Greater(t, lives, time.Now().Add(3*dynamolock.MaxTimeout).Unix())
		return true, nil
	})
	require.NoError(t, err)
}

func conditionThatDoesNotHold(t *testing.T, p place) {
	var o object
	o.exists.Store(true)
	err := p.open(time.Second).Conditionally(t.Context(), "a", dynamolock.Absent, o.absent, o.write)
	assert.Equal(t, errs.AlreadyExists, errs.CodeOf(err))
	assert.Zero(t, o.writes.Load())
	assert.Empty(t, p.Locks(t, p.name), "nothing was asked of DynamoDB")
}

// While the lock of another client is valid, the condition is asked again.
func lostRace(t *testing.T, p place) {
	p.PutLock(t, p.name, left("a", "*", "0", time.Minute))
	var o object
	time.AfterFunc(200*time.Millisecond, func() { o.exists.Store(true) })
	begun := time.Now()
	err := p.open(time.Second).Conditionally(t.Context(), "a", dynamolock.Absent, o.absent, o.write)
	assert.Equal(t, errs.AlreadyExists, errs.CodeOf(err))
	assert.Zero(t, o.writes.Load())
	assert.Less(t, time.Since(begun), 10*time.Second)
	assert.Equal(t, "0", p.find(t, "a")["generation"]["N"])
}

// The lock of a client that died is taken over after 3 of its own timeouts,
// not of ours.
func takeover(t *testing.T, p place) {
	p.PutLock(t, p.name, left("a", "*", "7", 200*time.Millisecond))
	var o object
	begun := time.Now()
	err := p.open(time.Minute).Conditionally(t.Context(), "a", dynamolock.Absent, o.absent, func(ctx context.Context) (bool, error) {
		assert.GreaterOrEqual(t, time.Since(begun), 600*time.Millisecond)
		record := p.find(t, "a")
		assert.Equal(t, "8", record["generation"]["N"])
		assert.Equal(t, "60000", record["timeout"]["N"])
		return o.write(ctx)
	})
	require.NoError(t, err)
	assert.Equal(t, "9", p.find(t, "a")["generation"]["N"])
}

// A released lock holds nobody up, also where the object was deleted again.
func released(t *testing.T, p place) {
	table := p.open(time.Minute)
	begun := time.Now()
	for range 3 {
		var o object
		require.NoError(t, table.Conditionally(t.Context(), "a", dynamolock.Absent, o.absent, o.write))
	}
	assert.Less(t, time.Since(begun), 10*time.Second)
	assert.Equal(t, "5", p.find(t, "a")["generation"]["N"])
}

func race(t *testing.T, p place) {
	table := p.open(time.Minute)
	const racers, rounds = 8, 20
	for round := range rounds {
		var o object
		var won atomic.Int32
		var group sync.WaitGroup
		for range racers {
			group.Go(func() {
				err := table.Conditionally(t.Context(), strconv.Itoa(round), dynamolock.Absent, o.absent, o.write)
				if err == nil {
					won.Add(1)
				} else {
					assert.Equal(t, errs.AlreadyExists, errs.CodeOf(err), "%v", err)
				}
			})
		}
		group.Wait()
		assert.EqualValues(t, 1, won.Load())
		assert.EqualValues(t, 1, o.writes.Load())
	}
}

// Of those who wait for a lock that expires, one takes it over.
func raceForATakeover(t *testing.T, p place) {
	table := p.open(time.Minute)
	p.PutLock(t, p.name, left("a", "*", "0", 100*time.Millisecond))
	var o object
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() { _ = table.Conditionally(t.Context(), "a", dynamolock.Absent, o.absent, o.write) })
	}
	group.Wait()
	assert.EqualValues(t, 1, o.writes.Load())
	assert.Equal(t, "2", p.find(t, "a")["generation"]["N"])
}

// Writers that replace other versions do not wait for each other.
func etags(t *testing.T, p place) {
	table := p.open(time.Minute)
	holds := func(context.Context) error { return nil }
	err := table.Conditionally(t.Context(), "a", `"1"`, holds, func(ctx context.Context) (bool, error) {
		return true, table.Conditionally(ctx, "a", `"2"`, holds, new(object).write)
	})
	require.NoError(t, err)
	assert.Len(t, p.Locks(t, p.name), 2)

	err = table.Conditionally(t.Context(), "a", `"1"`, func(context.Context) error { return driver.Mismatch() }, new(object).write)
	assert.Equal(t, errs.PreconditionFailed, errs.CodeOf(err))
}

// A write ends before its lock does, and the lock stays, since the endpoint may
// be carrying it out.
func ownTimeout(t *testing.T, p place) {
	begun := time.Now()
	err := p.open(time.Second).Conditionally(t.Context(), "a", dynamolock.Absent, new(object).absent, func(ctx context.Context) (bool, error) {
		deadline, _ := ctx.Deadline()
		assert.Less(t, deadline.Sub(begun), time.Second)
		<-ctx.Done()
		return false, driver.Done(ctx)
	})
	assert.Equal(t, errs.Unavailable, errs.CodeOf(err), "%v", err)
	assert.ErrorContains(t, err, p.name)
	assert.ErrorContains(t, err, "lasts for 1s only: give conditional_put a longer time, as dynamo:TABLE:TIMEOUT_MS")
	record := p.find(t, "a")
	assert.Equal(t, "0", record["generation"]["N"])
	assert.Equal(t, "1000", record["timeout"]["N"])
}

func failedWrite(t *testing.T, p place) {
	broken := errors.New("broken")
	for over, generation := range map[bool]string{true: "1", false: "0"} {
		key := strconv.FormatBool(over)
		err := p.open(time.Minute).Conditionally(t.Context(), key, dynamolock.Absent, new(object).absent,
			func(context.Context) (bool, error) { return over, broken })
		assert.Equal(t, broken, err)
		assert.Equal(t, generation, p.find(t, key)["generation"]["N"])
	}
}

func cancelledWhileItWaits(t *testing.T, p place) {
	p.PutLock(t, p.name, left("a", "*", "0", time.Hour))
	for _, want := range []errs.Code{errs.Cancelled, errs.Deadline} {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		if want == errs.Cancelled {
			ctx, cancel = context.WithCancel(t.Context())
			time.AfterFunc(300*time.Millisecond, cancel)
		}
		begun := time.Now()
		var o object
		err := p.open(time.Minute).Conditionally(ctx, "a", dynamolock.Absent, o.absent, o.write)
		assert.Equal(t, want, errs.CodeOf(err), "%v", err)
		assert.Zero(t, o.writes.Load())
		assert.Less(t, time.Since(begun), 5*time.Second)
	}
}

func tableThatDoesNotServe(t *testing.T, p place) {
	for name, want := range map[string]string{
		"missing":                        "there is no such table in the region us-east-1",
		p.LockTable(t, "key", "version"): `its keys must be the strings "path" (partition key) and "etag" (sort key)`,
	} {
		var o object
		table := dynamolock.New(dynamolock.Lock{Table: name, Timeout: time.Second}, config(p.Getenv("AWS_ENDPOINT_URL")))
		err := table.Conditionally(t.Context(), "a", dynamolock.Absent, o.absent, o.write)
		require.Equal(t, errs.InvalidOption, errs.CodeOf(err), "%v", err)
		assert.ErrorContains(t, err, name)
		assert.ErrorContains(t, err, "conditional_put: "+want)
		assert.Zero(t, o.writes.Load())
	}
}

// The records of another program in the table hold nobody up for ever.
func foreignRecord(t *testing.T, p place) {
	record := left("a", "*", "0", time.Second)
	delete(record, "generation")
	p.PutLock(t, p.name, record)
	var o object
	err := p.open(time.Second).Conditionally(t.Context(), "a", dynamolock.Absent, o.absent, o.write)
	require.Equal(t, errs.InvalidOption, errs.CodeOf(err), "%v", err)
	assert.ErrorContains(t, err, "it must have the numbers generation and timeout")
	assert.Zero(t, o.writes.Load())
}
