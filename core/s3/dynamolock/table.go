// Package dynamolock makes writes to S3 conditional by records in a DynamoDB
// table, for an endpoint that does not honour conditions itself.
//
// It follows the protocol of DynamoCommit in the Rust crate object_store (up
// to 0.11, src/aws/dynamo.rs, "Commit Protocol"), and shares a table with its
// clients. From there come
//
//   - the table: the partition key "path" and the sort key "etag" are strings,
//     "generation", "timeout" and "ttl" are numbers, and time to live may be on
//     for "ttl";
//   - a record: path is the key of the object, without the bucket, so that a
//     table serves one bucket; etag is "*" for a write that may not overwrite,
//     else the ETag to be replaced, as S3 sends it, with its quotes; timeout is
//     in milliseconds, ttl in seconds since 1970, an hour ahead;
//   - the order: ask whether the condition holds; put a record of generation 0
//     where there is none, and write within its timeout; where there is one,
//     ask again and again, and after 3 of its timeouts replace it by one of the
//     next generation, if its own is still the same;
//   - the numbers: a timeout of 20 s unless another is chosen, the factor 3 and
//     the hour.
//
// A record is never deleted, because a client of object_store that finds none
// writes without asking again, and one that fails to replace one takes a missing
// record for a broken table. So that the next writer of the key, after a delete
// for example, need not wait for 3 timeouts, a holder whose write is over
// replaces its record by one of the next generation with the timeout 0, which
// any client may replace at once, after it has asked. That is ours, within
// the protocol. A holder that cannot tell whether its write is over, or dies,
// leaves its record as it is.
//
// A write costs two requests to DynamoDB, both PutItem, and one HEAD, and one of
// each more where there is a released record; one that is refused, because the
// object is there, costs the HEAD only. While another client writes the same key, a
// waiting one asks by HEAD, at first after 50 ms, then ever more seldom, up to
// once a second, and sends one PutItem for each record that expires. If the
// answer to the first PutItem is lost, it meets its own record and waits too.
//
// What it takes for granted: all conditional writers of a key use the table, and
// nobody else writes or deletes it meanwhile; S3 is consistent, and carries out
// no request later than 2 timeouts after it was broken off; no clock runs 3
// times as fast as another, nor stands still during a write (a virtual machine
// that is paused), while what they show matters for the ttl only, by less than
// an hour.
package dynamolock

import (
	"context"
	"time"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

// Absent is the etag for a write that may not overwrite.
const Absent = "*"

const (
	DefaultTimeout = 20 * time.Second
	MinTimeout     = 100 * time.Millisecond // below it no write would end in time
	MaxTimeout     = time.Hour              // a dead writer blocks its key for 3 of them

	maxSkew    = 3         // how many times as fast as ours another clock may run
	timeToLive = time.Hour // of a record; nobody asks and then waits so long for his own

	// margin is the part of the timeout that a write must leave: what the
	// endpoint has got of one that is broken off may take effect a little later.
	margin = 5

	firstWait = 50 * time.Millisecond // between questions
	lastWait  = time.Second

	// releaseTimeout bounds what is a courtesy to the next writer.
	releaseTimeout = 2 * time.Second
)

// Lock is what the user chooses.
type Lock struct {
	Table   string // "" is no lock
	Timeout time.Duration
}

// Table is a table of locks. It serves any number of calls at once.
type Table struct {
	lock   Lock
	client *client
}

// New makes the Table, and asks nobody.
func New(l Lock, c Config) *Table {
	return &Table{lock: l, client: &client{table: l.Table, Config: c}}
}

// gone is the record of a lock that was there, and is not any more.
var gone = &record{}

// record is what is known of a lock.
type record struct {
	path, etag string
	generation uint64
	timeout    time.Duration
}

// Conditionally runs write if nobody else writes the key on the same
// condition: that it has the etag, or for [Absent] that there is no object.
//
// holds asks the endpoint whether the condition holds, and returns the error of
// the call if not. write writes without a condition, within the context it is
// given, which ends before the lock does. It says whether it is over: nothing
// that it has sent can take effect any more.
func (t *Table) Conditionally(ctx context.Context, key, etag string, holds func(context.Context) error,
	write func(context.Context) (over bool, err error)) error {
	if err := holds(ctx); err != nil {
		return err
	}
	ours := record{path: key, etag: etag, timeout: t.lock.Timeout}
	replaces := false
	for {
		begun := time.Now() // before anybody else can have seen the record
		theirs, err := t.client.put(ctx, ours, replaces)
		if err != nil {
			return err
		}
		if theirs == nil {
			return t.hold(ctx, ours, begun, write)
		}
		if ours.generation, replaces, err = t.wait(ctx, theirs, holds); err != nil {
			return err
		}
	}
}

// wait returns when the record of another client may be replaced, with the
// generation to do it with, or when the condition holds no longer.
func (t *Table) wait(ctx context.Context, theirs *record, holds func(context.Context) error) (
	generation uint64, replaces bool, err error) {
	if theirs == gone {
		return 0, false, holds(ctx)
	}
	seen := time.Now()
	for pause := firstWait; ; pause = min(2*pause, lastWait) {
		left := maxSkew*theirs.timeout - time.Since(seen)
		if err := holds(ctx); err != nil {
			return 0, false, err
		}
		if left <= 0 {
			return theirs.generation + 1, true, nil
		}
		if err := sleep(ctx, min(pause, left)); err != nil {
			return 0, false, err
		}
	}
}

// hold writes while the record is ours.
func (t *Table) hold(ctx context.Context, ours record, begun time.Time, write func(context.Context) (bool, error)) error {
	within, cancel := context.WithDeadline(ctx, begun.Add(ours.timeout-ours.timeout/margin))
	defer cancel()
	over, err := write(within)
	if over {
		t.release(ctx, ours)
	}
	if err == nil || ctx.Err() != nil || within.Err() == nil || over {
		return err
	}
	e := errs.Wrap(err, errs.Unavailable, "the write was broken off, because its lock in the DynamoDB table %q lasts for %s only: "+
		"give %s a longer time, as dynamo:TABLE:TIMEOUT_MS", t.lock.Table, ours.timeout, t.client.Option)
	e.Retryable = true
	return e
}

// release lets the next writer of the key replace the record at once. If it
// fails, he waits.
func (t *Table) release(ctx context.Context, ours record) {
	ctx, cancel := context.WithTimeout(ctx, releaseTimeout)
	defer cancel()
	ours.generation++
	ours.timeout = 0
	_, _ = t.client.put(ctx, ours, true)
}

// sleep waits, or ends with its context.
func sleep(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return driver.Done(ctx)
	}
}
