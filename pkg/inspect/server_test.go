// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package inspect_test

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loadline-dev/loadline/pkg/explain"
	"github.com/loadline-dev/loadline/pkg/inspect"
)

func TestListen(t *testing.T) {
	cases := map[string]struct{ address, wantErr string }{
		"loopback":       {address: "127.0.0.1:0"},
		"IPv6":           {address: "[::1]:0"},
		"everyone":       {address: "0.0.0.0:0", wantErr: "others can reach"},
		"everyone, IPv6": {address: "[::]:0", wantErr: "others can reach"},
		"no port":        {address: "127.0.0.1", wantErr: "--inspect-address"},
		"a name":         {address: "localhost:0", wantErr: "--inspect-address"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			listener, err := inspect.Listen(tc.address)
			if err == nil {
				listener.Close()
			}
			if (tc.wantErr == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), tc.wantErr) {
				t.Errorf("got error %v, want %q", err, tc.wantErr)
			}
		})
	}
}

// began is when the journals of these tests were.
var began = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

// serve starts a server and returns its address.
func serve(t *testing.T, journal *explain.Journal) net.Addr {
	t.Helper()
	listener, err := inspect.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	handler := (&inspect.Scheduler{Journal: journal, Since: began}).Handler()
	go func() { done <- inspect.Serve(ctx, listener, handler) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("serving: %v", err)
		}
	})
	return listener.Addr()
}

func get(t *testing.T, addr net.Addr, path, host string) (int, inspect.Decisions) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+addr.String()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Host = host
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var answer inspect.Decisions
	if response.StatusCode == http.StatusOK {
		if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
			t.Fatal(err)
		}
	}
	return response.StatusCode, answer
}

func TestDecisions(t *testing.T) {
	journal := explain.NewJournal(10)
	addr := serve(t, journal)
	for name, path := range map[string]string{"of all pods": "", "of one pod": "?namespace=a&pod=p"} {
		t.Run("no decisions "+name, func(t *testing.T) {
			code, answer := get(t, addr, inspect.DecisionsPath+path, "")
			if code != http.StatusOK || answer.Decisions == nil || len(answer.Decisions) != 0 {
				t.Errorf("got %d and %+v, want an empty list", code, answer)
			}
		})
	}
	for _, decision := range []*explain.Decision{
		{Namespace: "a", Pod: "p", UID: "1", Outcome: explain.Refused},
		{Namespace: "b", Pod: "p", UID: "2", Outcome: explain.Placed},
		{Namespace: "a", Pod: "p", UID: "3", Outcome: explain.Placed},
	} {
		journal.Add(decision.UID, func() *explain.Decision { return decision })
	}
	cases := map[string]struct {
		path string
		want []string
	}{
		"all":                            {path: "", want: []string{"1", "2", "3"}},
		"a pod and one that replaced it": {path: "?namespace=a&pod=p", want: []string{"1", "3"}},
		"a pod in another namespace":     {path: "?namespace=c&pod=p"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, answer := get(t, addr, inspect.DecisionsPath+tc.path, "")
			if want := (inspect.Journal{Since: began, Pods: 3, Capacity: 10}); answer.Journal != want {
				t.Errorf("got journal %+v, want %+v", answer.Journal, want)
			}
			var got []string
			for _, decision := range answer.Decisions {
				got = append(got, string(decision.UID))
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("decisions (-want +got):\n%s", diff)
			}
		})
	}
}

func TestHost(t *testing.T) {
	addr := serve(t, explain.NewJournal(1))
	for host, want := range map[string]int{
		"localhost:8080": http.StatusOK, "localhost": http.StatusOK, "127.0.0.1": http.StatusOK, "[::1]:1": http.StatusOK,
		"evil.example": http.StatusForbidden, "10.0.0.1:80": http.StatusForbidden, "localhost.evil.example": http.StatusForbidden,
	} {
		if got, _ := get(t, addr, inspect.DecisionsPath, host); got != want {
			t.Errorf("host %s: got %d, want %d", host, got, want)
		}
	}
}
