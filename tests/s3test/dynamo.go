package s3test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// Record is what a table of locks holds, as DynamoDB says it: by the name of
// the attribute, by its type.
type Record map[string]map[string]string

// LockTable makes a table of locks on the server, which must be moto, as the
// documentation of object_store makes it: partition key "path", sort key
// "etag". The names of other keys make one that does not serve.
func (s *Server) LockTable(t *testing.T, keys ...string) (name string) {
	t.Helper()
	if keys == nil {
		keys = []string{"path", "etag"}
	}
	name = "locks-" + rand.Text()
	attributes, schema := []map[string]string{}, []map[string]string{}
	for i, key := range keys {
		attributes = append(attributes, map[string]string{"AttributeName": key, "AttributeType": "S"})
		schema = append(schema, map[string]string{"AttributeName": key, "KeyType": []string{"HASH", "RANGE"}[i]})
	}
	s.dynamo(t, "CreateTable", map[string]any{
		"TableName": name, "AttributeDefinitions": attributes, "KeySchema": schema, "BillingMode": "PAY_PER_REQUEST",
	}, nil)
	return name
}

// PutLock puts a record into a table of locks.
func (s *Server) PutLock(t *testing.T, table string, record Record) {
	t.Helper()
	s.dynamo(t, "PutItem", map[string]any{"TableName": table, "Item": record}, nil)
}

// Locks returns all records of a table of locks.
func (s *Server) Locks(t *testing.T, table string) []Record {
	t.Helper()
	var answer struct{ Items []Record }
	s.dynamo(t, "Scan", map[string]any{"TableName": table}, &answer)
	return answer.Items
}

func (s *Server) dynamo(t *testing.T, operation string, input, output any) {
	t.Helper()
	body, err := json.Marshal(input)
	require.NoError(t, err)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.env["AWS_ENDPOINT_URL"], bytes.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("X-Amz-Target", "DynamoDB_20120810."+operation)
	// moto finds the service here, and checks no signature.
	request.Header.Set("Authorization", fmt.Sprintf("AWS4-HMAC-SHA256 Credential=%s/20300101/%s/dynamodb/aws4_request",
		s.env["AWS_ACCESS_KEY_ID"], s.env["AWS_REGION"]))
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, response.StatusCode, "%s: %s", operation, answer)
	if output != nil {
		require.NoError(t, json.Unmarshal(answer, output))
	}
}
