// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/loadline-dev/loadline/pkg/cli"
)

// page answers as a scheduler with a page does, and says for which host. It returns the
// flag that leads to it.
func page(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, "%s of %s", r.URL, r.Host) }))
	t.Cleanup(server.Close)
	return "--local=" + server.Listener.Addr().String()
}

// running is "kubectl loadline dashboard" that goes on.
type running struct {
	line   string // that it has printed
	url    string
	errOut shared
	end    func() // ends it as Ctrl-C does, after which the exit code is known
	code   int
}

// shared is what was printed so far.
type shared struct {
	mutex sync.Mutex
	text  strings.Builder
}

func (s *shared) Write(p []byte) (int, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.text.Write(p)
}

func (s *shared) String() string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.text.String()
}

func startDashboard(t *testing.T, arguments ...string) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	r := &running{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.code = cli.Run(ctx, append([]string{"dashboard"}, arguments...), genericiooptions.IOStreams{In: strings.NewReader(""), Out: in, ErrOut: &r.errOut})
		_ = in.Close()
	}()
	r.end = func() {
		cancel()
		<-done
	}
	t.Cleanup(r.end)
	line, err := bufio.NewReader(out).ReadString('\n')
	r.line = line
	url, isFirst := strings.CutPrefix(line, "Serving on ")
	url, isLast := strings.CutSuffix(url, " — Ctrl-C ends it\n")
	if !isFirst || !isLast {
		r.end()
		t.Fatalf("got %q (%v), and errors %q", line, err, &r.errOut)
	}
	r.url = url
	return r
}

// ask asks the server, by the name of a host, and returns the status and the body.
func (r *running) ask(t *testing.T, method, path, host string) (code int, body string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, r.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if host != "" {
		request.Host = host
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

func TestDashboard(t *testing.T) {
	for name, address := range map[string]string{"IPv4": "127.0.0.1", "another one": "127.0.0.9", "IPv6": "::1"} {
		t.Run(name, func(t *testing.T) {
			r := startDashboard(t, "--no-browser", "--address="+address, page(t))
			if want := "http://" + net.JoinHostPort(address, ""); !strings.HasPrefix(r.url, want) {
				t.Errorf("got %s, want %s...", r.url, want)
			}
			for _, tc := range []struct {
				method, path, host string
				wantCode           int
				want               string
			}{
				{method: "GET", wantCode: 200, want: "/ of localhost"},
				{method: "GET", host: "localhost:4711", path: "v1/nodes?node=a", wantCode: 200, want: "/v1/nodes?node=a of localhost"},
				{method: "GET", host: "evil.example", wantCode: 403, want: "give localhost as the host\n"},
				{method: "GET", host: "127.0.0.1.evil.example:80", path: "v1/nodes", wantCode: 403, want: "give localhost as the host\n"},
				{method: "POST", wantCode: 405, want: "nothing can be changed here: use GET\n"},
				{method: "GET", path: "v1/plan", wantCode: 502, want: "no descheduler is asked: --local is for the scheduler, and --local-descheduler for the descheduler\n"},
			} {
				if code, body := r.ask(t, tc.method, tc.path, tc.host); code != tc.wantCode || body != tc.want {
					t.Errorf("%s %q of %q: got %d and %q, want %d and %q", tc.method, tc.path, tc.host, code, body, tc.wantCode, tc.want)
				}
			}
			r.end()
			if r.code != 0 || r.errOut.String() != "" {
				t.Errorf("it ended with %d and %q", r.code, &r.errOut)
			}
			if _, err := net.Dial("tcp", strings.Trim(r.url, "htp:/")); err == nil {
				t.Error("it listens still")
			}
		})
	}
}

// Plans are asked of the descheduler.
func TestDashboardPlans(t *testing.T) {
	r := startDashboard(t, "--no-browser", page(t), "--local-descheduler", strings.TrimPrefix(page(t), "--local="))
	if code, body := r.ask(t, "GET", "v1/plan", ""); code != 200 || body != "/v1/plan of localhost" {
		t.Errorf("got %d and %q", code, body)
	}
}

func TestDashboardWithout(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, port, _ := net.SplitHostPort(taken.Addr().String())
	old := httptest.NewServer(http.NotFoundHandler())
	defer old.Close()
	const pods = "GET /api/v1/namespaces/loadline-system/pods"
	noPods := apiServer(t, map[string]http.HandlerFunc{pods: serve(corev1.PodList{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "PodList"}})})
	noRight := apiServer(t, map[string]http.HandlerFunc{pods: serveStatus(http.StatusForbidden, metav1.StatusReasonForbidden, `pods is forbidden: User "bob" cannot list resource "pods"`)})
	cases := map[string]struct {
		arguments []string
		want      string
	}{
		"an address that others reach": {[]string{"--address=0.0.0.0", page(t)}, `--address "0.0.0.0" is not a loopback address, at which this machine alone can be reached: give 127.0.0.1 or ::1, and forward the port, such as by ssh -L, to look from elsewhere`},
		"a name":                       {[]string{"--address=example.org", page(t)}, `--address "example.org" is not a loopback address, `},
		"a port that is none":          {[]string{"--port=65536", page(t)}, "--port 65536 is no port: give one from 1 to 65535, or 0 for any that is free\n"},
		"a port that is taken":         {[]string{"--port=" + port, page(t)}, "serving the page (--port 0 takes a port that is free): listen tcp 127.0.0.1:" + port + ": "},
		"a bad local address":          {[]string{"--local=here"}, "--local \"here\" is not an address: give HOST:PORT, such as 127.0.0.1:10269\n"},
		"a bad local descheduler":      {[]string{"--local-descheduler=here"}, "--local-descheduler \"here\" is not an address: "},
		"arguments":                    {[]string{"nodes"}, "unknown command \"nodes\" for \"kubectl loadline dashboard\"\n"},
		"an earlier version":           {[]string{"--local=" + old.Listener.Addr().String()}, "what answers has no page: is it a scheduler of Loadline, and of this version?\n"},
		"no scheduler here":            {[]string{"--local=127.0.0.1:1"}, "no scheduler could be asked: 127.0.0.1:1: "},
		"no scheduler in the cluster":  {[]string{noPods}, "no scheduler to ask: no pod in namespace \"loadline-system\" has the label app.kubernetes.io/name=loadline-scheduler: "},
		"no right to look for pods":    {[]string{noRight}, "looking for the scheduler's pods in namespace \"loadline-system\": pods is forbidden: User \"bob\" cannot list resource \"pods\"\n"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			code, out, errOut := run(t, "", append([]string{"dashboard", "--no-browser"}, tc.arguments...)...)
			if code != 2 || out != "" || !strings.HasPrefix(errOut, "error: "+tc.want) {
				t.Errorf("got exit code %d, %q and %q, want error: %s", code, out, errOut, tc.want)
			}
			if lines := strings.Count(errOut, "\n"); lines != 1 {
				t.Errorf("got %d lines, want one:\n%s", lines, errOut)
			}
		})
	}
}

// The page is opened in the browser, and where that fails it is said, and goes on.
func TestDashboardOpensBrowser(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("other systems open browsers in other ways")
	}
	folder := t.TempDir()
	opened := filepath.Join(folder, "opened")
	cases := map[string]struct {
		display, script string
		want            string // of the warning
	}{
		"opened":     {display: ":0", script: "printf %s \"$1\" > " + opened},
		"no display": {want: "warning: no browser was opened: there is no display here: open URL yourself\n"},
		"no browser": {display: ":0", script: "exit 3", want: "warning: no browser was opened: xdg-open: exit status 3: open URL yourself\n"},
		"no opener":  {display: ":0", want: "warning: no browser was opened: exec: \"xdg-open\": executable file not found in $PATH: open URL yourself\n"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			programs := t.TempDir()
			if tc.script != "" {
				if err := os.WriteFile(filepath.Join(programs, "xdg-open"), []byte("#!/bin/sh\n"+tc.script+"\n"), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			t.Setenv("PATH", programs)
			t.Setenv("DISPLAY", tc.display)
			t.Setenv("WAYLAND_DISPLAY", "")
			r := startDashboard(t, page(t))
			if code, _ := r.ask(t, "GET", "", ""); code != http.StatusOK {
				t.Errorf("got status %d", code)
			}
			tc.want = strings.Replace(tc.want, "URL", r.url, 1)
			err := wait.PollUntilContextTimeout(t.Context(), 10*time.Millisecond, time.Minute, true, func(context.Context) (bool, error) {
				page, err := os.ReadFile(opened)
				return r.errOut.String() == tc.want && (tc.want != "" || err == nil && string(page) == r.url), nil
			})
			r.end()
			if err != nil || r.code != 0 {
				t.Errorf("%v: it ended with %d and %q, want 0 and %q", err, r.code, &r.errOut, tc.want)
			}
		})
	}
}
