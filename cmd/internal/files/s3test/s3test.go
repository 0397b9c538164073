// Package s3test is an object store inside the test's own process, which speaks S3
// over the loopback interface. It is no Amazon: what is shown with it is that the
// requests are right and that their answers are understood.
package s3test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

// Store is a running store.
type Store struct {
	URL string // of its endpoint

	mu     sync.Mutex
	t      TB
	be     *s3mem.Backend
	before func(*http.Request) (status int) // may answer in place of the store; 0 = it does not
	seen   []string                         // METHOD /bucket/key
	cut    cut
}

// cut ends answers in the middle.
type cut struct {
	method string
	times  int
	bytes  int
}

// TB is what a store asks of the test that starts it.
type TB interface {
	Helper()
	Fatal(args ...any)
	Cleanup(func())
}

// Start starts a store with one bucket; Env is how programs find it.
func Start(t TB, bucket string) *Store {
	t.Helper()
	s := &Store{t: t, be: s3mem.New()}
	if err := s.be.CreateBucket(bucket); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s.through(gofakes3.New(s.be).Server()))
	t.Cleanup(server.Close)
	s.URL = server.URL
	return s
}

// Env is the environment in which programs find the store.
func (s *Store) Env() map[string]string {
	return map[string]string{
		"AWS_ENDPOINT_URL": s.URL, "AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "AKIDTEST", "AWS_SECRET_ACCESS_KEY": "canary-of-the-test",
		"AWS_CONFIG_FILE": "/nonexistent", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent", "AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "1",
	}
}

// through counts requests, and answers those that a test wants to fail.
func (s *Store) through(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.seen = append(s.seen, r.Method+" "+r.URL.Path)
		before := s.before
		if s.cut.times > 0 && r.Method == s.cut.method {
			s.cut.times--
			w = &cutWriter{w, s.cut.bytes}
		}
		s.mu.Unlock()
		if before != nil {
			if status := before(r); status != 0 {
				w.WriteHeader(status)
				_, _ = io.WriteString(w, "<Error><Code>AccessDenied</Code><Message>canary-of-the-test</Message></Error>")
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// Before lets a function see every request first; a status answers in place of the
// store.
func (s *Store) Before(f func(*http.Request) (status int)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.before = f
}

// Cut breaks the connection of the next answers to a method after some bytes.
func (s *Store) Cut(method string, times, bytes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cut = cut{method, times, bytes}
}

type cutWriter struct {
	http.ResponseWriter
	left int
}

func (w *cutWriter) Write(p []byte) (int, error) {
	n, err := w.ResponseWriter.Write(p[:min(len(p), w.left)])
	if w.left -= n; w.left == 0 {
		_ = http.NewResponseController(w.ResponseWriter).Flush()
		panic(http.ErrAbortHandler)
	}
	return n, err
}

// Seen returns the requests so far, and forgets them.
func (s *Store) Seen() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := s.seen
	s.seen = nil
	return seen
}

// Put writes an object, with nothing of what was known of a former one.
func (s *Store) Put(bucket, key, content string) {
	s.t.Helper()
	s.Delete(bucket, key)
	if _, err := s.be.PutObject(bucket, key, map[string]string{}, strings.NewReader(content), int64(len(content)), nil); err != nil {
		s.t.Fatal(err)
	}
}

// Delete removes an object.
func (s *Store) Delete(bucket, key string) {
	s.t.Helper()
	if _, err := s.be.DeleteObject(bucket, key); err != nil {
		s.t.Fatal(err)
	}
}

// Get returns an object, "" where there is none.
func (s *Store) Get(bucket, key string) string {
	s.t.Helper()
	o, err := s.be.GetObject(bucket, key, nil)
	if gofakes3.HasErrorCode(err, gofakes3.ErrNoSuchKey) {
		return ""
	}
	if err != nil {
		s.t.Fatal(err)
	}
	defer o.Contents.Close()
	var content bytes.Buffer
	if _, err := content.ReadFrom(o.Contents); err != nil {
		s.t.Fatal(err)
	}
	return content.String()
}

// Keys lists every object of a bucket.
func (s *Store) Keys(bucket string) (keys []string) {
	s.t.Helper()
	list, err := s.be.ListBucket(bucket, nil, gofakes3.ListBucketPage{})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, o := range list.Contents {
		keys = append(keys, o.Key)
	}
	slices.Sort(keys)
	return keys
}
