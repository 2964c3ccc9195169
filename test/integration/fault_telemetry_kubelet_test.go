// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// kubeletFault is a fault of a kubelet, which may also be one of its certificate.
type kubeletFault struct {
	fault
	certificate func(f *fixture) tls.Certificate
}

// kubeletFaults are by the name of the node that has the fault.
func kubeletFaults(elsewhere string) map[string]kubeletFault {
	faults := map[string]kubeletFault{
		"refusing": {},
		"of-a-strange-authority": {
			fault: fault{answer: unchanged}, certificate: func(*fixture) tls.Certificate { return strangeCertificate() },
		},
		"of-an-expired-certificate": {
			fault: fault{answer: unchanged},
			certificate: func(f *fixture) tls.Certificate {
				certificate, err := f.ServingCertificate(time.Now().Add(-time.Minute))
				f.must(err)
				return certificate
			},
		},
		"empty":        {fault: fault{answer: always(func(http.ResponseWriter, *http.Request) {})}},
		"not-a-number": {fault: fault{answer: rewritten(eachSample("$1 NaN"))}},
		"infinite":     {fault: fault{answer: rewritten(eachSample("$1 +Inf"))}},
		"an-hour-ago": {fault: fault{answer: rewritten(func(text string) string {
			return eachSample(fmt.Sprintf("$1 $2 %d", time.Now().Add(-time.Hour).UnixMilli()))(text)
		})}},
		"in-an-hour": {fault: fault{measured: true, answer: rewritten(func(text string) string {
			return eachSample(fmt.Sprintf("$1 $2 %d", time.Now().Add(time.Hour).UnixMilli()))(text)
		})}},
		"endless": {fault: fault{answer: always(func(w http.ResponseWriter, _ *http.Request) {
			line := strings.Repeat("x", 1<<10)
			for written := 0; written < huge; written += len(line) {
				if _, err := fmt.Fprintf(w, "node_memory_working_set_bytes{n=\"%d\",of=%q} 1\n", written, line); err != nil {
					return
				}
			}
		})}},
		// What it says of a node that is cool is its own.
		"of-another-node": {fault: fault{measured: true, over: true, answer: rewritten(func(text string) string {
			return text + fmt.Sprintf("\nnode_memory_working_set_bytes{node=%q,instance=%q} 1e300\n", coolNodes()[0], coolNodes()[0])
		})}},
	}
	for name, common := range httpFaults(elsewhere) {
		faults[name] = kubeletFault{fault: common}
	}
	for name, fault := range faults {
		fault.says = nil // one line names all nodes, and has the error of one
		faults[name] = fault
	}
	return faults
}

func unchanged(well http.Handler) http.Handler { return well }

// strangeCertificate is one that no authority of the cluster has signed.
func strangeCertificate() tls.Certificate {
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	return server.TLS.Certificates[0]
}

var sampleLine = regexp.MustCompile(`(?m)^([a-z_]+(?:\{[^}]*\})?) (\S+).*$`)

func eachSample(replacement string) func(text string) string {
	return func(text string) string { return sampleLine.ReplaceAllString(text, replacement) }
}

// kubelet stands between the kubelet of a node and whoever asks it.
type kubelet struct {
	*fixture
	address     string
	certificate tls.Certificate
	well        http.Handler
	server      *http.Server // nil while nobody listens
}

// newKubelet has a node be asked here, and be well.
func (f *fixture) newKubelet(node string) *kubelet {
	f.Helper()
	object, err := f.client.CoreV1().Nodes().Get(f, node, metav1.GetOptions{})
	f.must(err)
	certificate, err := tls.LoadX509KeyPair(filepath.Join(f.Dir(), "kubelet.crt"), filepath.Join(f.Dir(), "kubelet.key"))
	f.must(err)
	real := &url.URL{Scheme: "https", Host: fmt.Sprintf("127.0.0.1:%d", object.Status.DaemonEndpoints.KubeletEndpoint.Port)}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(request *httputil.ProxyRequest) {
			request.SetURL(real)
			request.Out.Header.Del("Accept-Encoding") // or answers could not be rewritten
		},
		Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}},
		ErrorLog:  silent,
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	f.must(err)
	k := &kubelet{fixture: f, address: listener.Addr().String(), certificate: certificate, well: proxy}
	k.serve(listener, certificate, proxy)
	f.Cleanup(k.close)
	patch := fmt.Sprintf(`{"status":{"daemonEndpoints":{"kubeletEndpoint":{"Port":%d}}}}`, listener.Addr().(*net.TCPAddr).Port)
	_, err = f.client.CoreV1().Nodes().Patch(f, node, types.MergePatchType, []byte(patch), metav1.PatchOptions{}, "status")
	f.must(err)
	return k
}

func (k *kubelet) serve(listener net.Listener, certificate tls.Certificate, handler http.Handler) {
	server := &http.Server{Handler: handler, TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate}}, ErrorLog: silent}
	go func() { _ = server.ServeTLS(listener, "", "") }() // it ends with close
	k.server = server
}

func (k *kubelet) close() {
	if k.server != nil {
		_ = k.server.Close()
		k.server = nil
	}
}

// become ends all connections, and begins or ends a fault.
func (k *kubelet) become(certificate tls.Certificate, handler http.Handler) {
	k.Helper()
	k.close()
	if handler == nil {
		return
	}
	listener, err := net.Listen("tcp4", k.address)
	k.must(err)
	k.serve(listener, certificate, handler)
}

// Kubelets that go wrong, each in its own way, harm no node but their own.
func TestKubeletFaults(t *testing.T) {
	elsewhere, shown := stranger(t)
	faults := kubeletFaults(elsewhere)
	o := &outage{faults: map[string]fault{}}
	for node, fault := range faults {
		o.faults[node] = fault.fault
	}
	o.fixture = newDriftFixture(t, o.nodes()...)
	kubelets := map[string]*kubelet{}
	for node := range faults {
		kubelets[node] = o.newKubelet(node)
	}
	o.loadAll(map[string]float64{hotNode: 95, driftingNode: 50}, 50)
	o.webOn(7)
	const metrics = `metrics: [{name: memory, builtin: memory, staleAfter: 4s}]`
	o.applyRules("below-the-line", `{`+metrics+`, preferences: [{metric: memory, prefer: Lower}],
	  rules: [{name: memory-above-90, when: [{metric: memory, above: 90%, clear: 85%}], reject: {}, evict: {for: 2s}}]}`)
	o.applyRules("strict", `{`+metrics+`, podSelector: {matchLabels: {strict: "true"}},
	  rules: [{name: measured, when: [{metric: memory, above: 99%}], onMissing: Reject, reject: {}}]}`)
	o.start(func(map[string]any) {})
	o.inForce(2)

	begin := func() {
		for node, fault := range faults {
			certificate := kubelets[node].certificate
			if fault.certificate != nil {
				certificate = fault.certificate(o.fixture)
			}
			var handler http.Handler
			if fault.answer != nil {
				handler = fault.answer(kubelets[node].well)
			}
			kubelets[node].become(certificate, handler)
		}
		o.changeLoad(driftingNode, percent(84))
		for _, node := range slices.Sorted(maps.Keys(faults)) {
			o.changeLoad(node, percent(84))
		}
	}
	end := func() {
		for _, kubelet := range kubelets {
			kubelet.become(kubelet.certificate, kubelet.well)
		}
	}
	o.watch(begin, end)
	if got := o.nodesOverLine(o.scheduler, coolNodes()); len(got) > 0 {
		t.Errorf("over the line by what the kubelet of another node said: %v", got)
	}
	if got := shown.Load(); got > 0 {
		t.Errorf("credentials were shown elsewhere %d times", got)
	}
	for _, program := range o.programs() {
		o.awaitLog(program, "All kubelets can be read again")
		o.awaitLog(program, "Some kubelets answer without", "an-hour-ago,empty,infinite,not-a-number")
		o.awaitLog(program, "All kubelets that answer say what their node uses again")
	}
}

// loadAll puts a pod on each node that uses so many percent of its memory: little on
// those that are cool.
func (o *outage) loadAll(uses map[string]float64, others float64) {
	o.Helper()
	for _, node := range o.nodes() {
		use, ok := uses[node]
		switch {
		case ok:
		case slices.Contains(coolNodes(), node):
			use = 5
		default:
			use = others
		}
		o.pod("load-on-"+node, onNode(node), using("memory", percent(use)), func(pod *corev1.Pod) { pod.Spec.SchedulerName = "" })
	}
	o.awaitMemory("all nodes to be loaded", func(memory map[string]float64) bool {
		for _, node := range o.nodes() {
			if memory[node] < 0.04 {
				return false
			}
		}
		return true
	})
}

// silent is for servers whose clients go away.
var silent = log.New(io.Discard, "", 0)
