// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package relay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	clocktesting "k8s.io/utils/clock/testing"
	"k8s.io/utils/ptr"

	"github.com/loadline-dev/loadline/pkg/cli/replica"
)

const namespace = "loadline-system"

var now = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

// world is a cluster with replicas of the scheduler, each of which is a server of this
// machine.
type world struct {
	*testing.T
	client *fake.Clientset
	clock  *clocktesting.FakePassiveClock
	relay  *Relay

	mutex   sync.Mutex
	servers map[string]string // addresses by pod
	dialled []string
	said    []string
}

func newWorld(t *testing.T, objects ...runtime.Object) *world {
	w := &world{T: t, client: fake.NewClientset(objects...), clock: clocktesting.NewFakePassiveClock(now), servers: map[string]string{}}
	asker := &replica.Asker{Program: replica.Scheduler(), Client: w.client, Namespace: namespace, Timeout: time.Minute, Clock: w.clock}
	w.relay = New(asker, func(news string) { w.said = append(w.said, news) })
	w.relay.dial = w.dial
	return w
}

func (w *world) dial(ctx context.Context, pod string) (io.ReadWriteCloser, error) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.dialled = append(w.dialled, pod)
	address, ok := w.servers[pod]
	if !ok {
		return nil, errors.New("it is gone")
	}
	var dialer net.Dialer
	return dialer.DialContext(ctx, "tcp", address)
}

// serve has a pod answer with its name, and with what it was asked.
func (w *world) serve(pod string) *httptest.Server {
	server := httptest.NewServer(http.HandlerFunc(func(answer http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(answer, "%s: %s %s of %s\n%v", pod, r.Method, r.URL, r.Host, r.Header)
	}))
	w.Cleanup(server.Close)
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.servers[pod] = server.Listener.Addr().String()
	return server
}

// gone ends a pod's server.
func (w *world) gone(pod string, server *httptest.Server) {
	server.Close()
	w.mutex.Lock()
	defer w.mutex.Unlock()
	delete(w.servers, pod)
}

// ask asks as a browser does, and returns the status and the first line of the answer.
func (w *world) ask(path string, header http.Header) (code int, line, rest string) {
	w.Helper()
	request := httptest.NewRequest(http.MethodGet, path, nil)
	request.Header = header
	recorder := httptest.NewRecorder()
	w.relay.ServeHTTP(recorder, request)
	line, rest, _ = strings.Cut(recorder.Body.String(), "\n")
	return recorder.Code, line, rest
}

// lead has a pod hold the lease.
func (w *world) lead(pod string) {
	w.Helper()
	if _, err := w.client.CoordinationV1().Leases(namespace).Update(w.Context(), lease(pod), metav1.UpdateOptions{}); err != nil {
		w.Fatal(err)
	}
}

func lease(holder string) *coordinationv1.Lease {
	return &coordinationv1.Lease{
		ObjectMeta: metav1.ObjectMeta{Name: "loadline-scheduler", Namespace: namespace},
		Spec:       coordinationv1.LeaseSpec{HolderIdentity: ptr.To(holder + "_1234"), AcquireTime: &metav1.MicroTime{Time: now}},
	}
}

func pod(name string) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace, Labels: map[string]string{replica.NameLabel: "loadline-scheduler"}},
		Status:     corev1.PodStatus{Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}},
	}
}

// What is passed on is the question and nothing of who asks.
func TestPassed(t *testing.T) {
	w := newWorld(t, pod("s-1"), lease("s-1"))
	w.serve("s-1")
	code, line, rest := w.ask("http://127.0.0.1:4711/v1/nodes?node=a&node=b", http.Header{
		"Accept": {"application/json"}, "Accept-Encoding": {"gzip"}, "Cookie": {"session=secret"}, "Authorization": {"Bearer secret"},
		"Referer": {"http://127.0.0.1:4711/"}, "User-Agent": {"Mozilla"}, "Connection": {"Keep-Alive"},
	})
	if want := "s-1: GET /v1/nodes?node=a&node=b of localhost"; code != http.StatusOK || line != want {
		t.Errorf("got %d and %q, want %q", code, line, want)
	}
	if diff := cmp.Diff("map[Accept:[application/json] Accept-Encoding:[gzip] Connection:[close]]", rest); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
	if len(w.said) > 0 {
		t.Errorf("said: %q", w.said)
	}
}

// Whoever comes to lead is asked, and what is the matter meanwhile is said once.
func TestLeadChanges(t *testing.T) {
	w := newWorld(t, pod("s-1"), pod("s-2"), lease("s-2"))
	first, second := w.serve("s-1"), w.serve("s-2")
	ask := func(wantCode int, wantAnswer string, wantSaid ...string) {
		t.Helper()
		w.said = nil
		for range 3 { // what is said once is not said again
			code, line, _ := w.ask("/v1/nodes", nil)
			if code != wantCode || !strings.HasPrefix(line, wantAnswer) {
				t.Errorf("got %d and %q, want %d and %q", code, line, wantCode, wantAnswer)
			}
			w.clock.SetTime(w.clock.Now().Add(lookEvery))
		}
		if diff := cmp.Diff(wantSaid, w.said); diff != "" {
			t.Errorf("said (-want +got):\n%s", diff)
		}
	}
	ask(200, "s-2: ")
	w.lead("s-1")
	ask(200, "s-1: ", "s-1 answers now, in place of s-2")
	w.gone("s-1", first) // and holds the lease still
	ask(200, "s-2: ", "s-2 answers now, in place of s-1")
	if err := w.client.CoreV1().Pods(namespace).Delete(t.Context(), "s-1", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	ask(200, "s-2: ", "warning: loadline-scheduler: s-1 leads according to the lease, but is not among the pods that are ready")
	w.lead("s-2")
	ask(200, "s-2: ")
	w.gone("s-2", second)
	ask(502, "no scheduler could be asked: s-2: it is gone", "warning: no scheduler could be asked: s-2: it is gone; trying again")
	if err := w.client.CoreV1().Pods(namespace).Delete(t.Context(), "s-2", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	ask(502, `no scheduler to ask: no pod in namespace "loadline-system" has the label app.kubernetes.io/name=loadline-scheduler: `)
	if _, err := w.client.CoreV1().Pods(namespace).Create(t.Context(), pod("s-3"), metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	third := w.serve("s-3")
	w.lead("s-3")
	ask(200, "s-3: ", "s-3 answers now, in place of s-2")
	w.lead("s-4") // which there is no pod of
	const unready = "warning: loadline-scheduler: s-4 leads according to the lease, but is not among the pods that are ready"
	ask(200, "s-3: ", unready)
	w.gone("s-3", third)
	ask(502, "no scheduler could be asked: s-3: it is gone", "warning: no scheduler could be asked: s-3: it is gone; trying again")
	w.serve("s-3")
	ask(200, "s-3: ", "s-3 answers now", unready)
}

// A replica that does not answer keeps one question waiting, and not each.
func TestSilentReplicaIsAskedLast(t *testing.T) {
	w := newWorld(t, pod("s-1"), pod("s-2"), lease("s-1"))
	w.serve("s-2")
	for range 3 {
		if code, line, _ := w.ask("/", nil); code != http.StatusOK || !strings.HasPrefix(line, "s-2: ") {
			t.Errorf("got %d and %q", code, line)
		}
	}
	if diff := cmp.Diff([]string{"s-1", "s-2", "s-2", "s-2"}, w.dialled); diff != "" {
		t.Errorf("dialled (-want +got):\n%s", diff)
	}
}

// To who opens the page it is said on a page why there is none, as text, whatever is in it.
func TestFailurePage(t *testing.T) {
	w := newWorld(t, pod("<img src=x onerror=alert(1)>"))
	request := httptest.NewRequest(http.MethodGet, "/", nil)
	request.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	recorder := httptest.NewRecorder()
	w.relay.ServeHTTP(recorder, request)
	page := recorder.Body.String()
	if want := "<p>no scheduler could be asked: &lt;img src=x onerror=alert(1)&gt;: "; recorder.Code != http.StatusBadGateway || !strings.Contains(page, want) {
		t.Errorf("got %d and\n%s\nwant %q in it", recorder.Code, page, want)
	}
}

func TestCheck(t *testing.T) {
	w := newWorld(t, pod("s-1"), lease("s-1"))
	if err := w.relay.Check(t.Context()); err == nil || err.Error() != "no scheduler could be asked: s-1: it is gone" {
		t.Errorf("nobody answers: got %v", err)
	}
	old := httptest.NewServer(http.NotFoundHandler())
	defer old.Close()
	w.servers["s-1"] = old.Listener.Addr().String()
	if err := w.relay.Check(t.Context()); !errors.Is(err, errNoPage) {
		t.Errorf("without a page: got %v", err)
	}
	if code, line, _ := w.ask("/", nil); code != http.StatusBadGateway || line != errNoPage.Error() {
		t.Errorf("without a page: got %d and %q", code, line)
	}
	if code, _, _ := w.ask("/v1/nodes", nil); code != http.StatusNotFound {
		t.Errorf("without nodes: got %d", code)
	}
	w.serve("s-1")
	if err := w.relay.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if len(w.said) > 0 {
		t.Errorf("said what is returned: %q", w.said)
	}
}

// Plans are asked of the descheduler.
func TestHandler(t *testing.T) {
	program := func(name string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, name) })
	}
	handler := Handler(program("scheduler"), Nobody("there is none"))
	for path, want := range map[string]string{"/": "200 scheduler", "/v1/nodes?node=a": "200 scheduler", "/v1/plan": "502 there is none\n", "/v1/planet": "200 scheduler"} {
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, path, nil))
		if got := fmt.Sprintf("%d %s", recorder.Code, recorder.Body); got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
}

// Whoever goes away while nobody answers is no news.
func TestGoneAsker(t *testing.T) {
	w := newWorld(t, pod("s-1"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w.relay.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil).WithContext(ctx))
	if len(w.said) > 0 {
		t.Errorf("said: %q", w.said)
	}
}
