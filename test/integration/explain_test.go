// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"github.com/loadline-dev/loadline/test/cluster"
	"github.com/loadline-dev/loadline/test/deploy"
)

// freePort is one on which nothing listens for now.
func freePort(t testing.TB) int {
	t.Helper()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

// forwarding has the kubelets forward the port at which a pod is inspected to a port
// of this machine.
func forwarding(pod string, port int) string {
	return fmt.Sprintf(`apiVersion: kwok.x-k8s.io/v1alpha1
kind: ClusterPortForward
metadata: {name: %s}
spec:
  selector: {matchNames: [%s]}
  forwards: [{ports: [10269, 10289], target: {address: 127.0.0.1, port: %d}}]
`, pod, pod, port)
}

// replica makes a pod that stands for a scheduler, which runs outside of the
// cluster.
func (f *fixture) replica(name string) {
	f.Helper()
	f.replicaOf("loadline-scheduler", name)
}

// replicaOf makes a pod that stands for a program.
func (f *fixture) replicaOf(program, name string) {
	f.Helper()
	pods := f.client.CoreV1().Pods(deploy.Namespace)
	spec := restrictedSpec()
	spec.NodeName = "cool"
	_, err := pods.Create(f, &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"app.kubernetes.io/name": program}},
		Spec:       spec,
	}, metav1.CreateOptions{})
	f.must(err)
	f.await("pod "+name+" to be ready", func() string {
		pod, err := pods.Get(f, name, metav1.GetOptions{})
		f.must(err)
		for _, condition := range pod.Status.Conditions {
			if condition.Type == corev1.PodReady && condition.Status == corev1.ConditionTrue {
				return ""
			}
		}
		return "it is not"
	})
}

// aSixteenth of a node's memory is what a pod requests.
func aSixteenth(pod *corev1.Pod) {
	pod.Spec.Containers[0].Resources.Requests = corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("1Gi")}
}

func TestExplain(t *testing.T) {
	port, nobody := freePort(t), freePort(t)
	f := newFixtureWith(t, cluster.Options{
		APIServerFlags: []string{"--kubelet-preferred-address-types=InternalIP"},
		KwokConfig:     forwarding("replica-1", port) + "---\n" + forwarding("replica-2", nobody),
	}, "cool", "hot", "warm")
	f.load("cool", "1Gi")
	f.load("warm", "8Gi")
	f.load("hot", "15Gi") // 94%
	f.applyRules("below-the-line", burstRules)
	start := func(name string) *deploy.Scheduler {
		scheduler, err := deploy.StartScheduler(f, f.Cluster, name, deploy.Options{Flags: []string{
			fmt.Sprintf("--inspect-address=127.0.0.1:%d", port),
			"--leader-elect-lease-duration=4s", "--leader-elect-renew-deadline=3s", "--leader-elect-retry-period=500ms",
		}})
		f.must(err)
		return scheduler
	}
	scheduler := start("first")
	f.pod("web", aSixteenth)
	if node := f.placed("web"); node != "cool" {
		t.Fatalf("placed on node %s, want cool", node)
	}
	f.pod("tied", aSixteenth, func(pod *corev1.Pod) { pod.Spec.NodeSelector = map[string]string{corev1.LabelHostname: "hot"} })
	f.pending("tied", overMemoryLine)

	address, err := scheduler.InspectAddress()
	f.must(err)
	if want := fmt.Sprintf("127.0.0.1:%d", port); address != want {
		t.Fatalf("decisions are served at %q, want %s", address, want)
	}
	placed := []string{
		"Pod:         default/web\nDecision:    placed on node cool, ", "Estimate:    memory 1Gi\nRule sets:   below-the-line\nNodes:       load lines refused 1 of 3\n",
		"Now:         Running on node cool, placed ",
		"\nbelow-the-line/memory-above-90 refused 1 of 3 nodes\n\nNODE   METRIC   LINE                   MEASURED   WITH POD   AGE",
		"\nhot    memory   above 90%, clear 85%   93.8%      100.",
		"\nCHOSEN   NODE   SCORE   MEMORY   WITH POD\n*        cool   8", "      6.2%     12.", "%\n         warm   44      50.0%    56.",
	}
	code, output := f.loadline(f.Kubeconfig(), "explain", "pod", "web", "--local", address)
	f.mustPrint(code, output, 0, placed...)
	code, output = f.loadline(f.Kubeconfig(), "explain", "pod", "tied", "--local", address)
	f.mustPrint(code, output, 0, "Pod:         default/tied\nDecision:    refused, ", "load lines refused 1 of 3, and other plugins of the scheduler the rest\n",
		"Now:         Pending: 0/3 nodes are available: ", "\nhot    memory   above 90%, clear 85%   93.8%      100.", "over the line\n")
	code, output = f.loadline(f.Kubeconfig(), "explain", "pod/load-on-hot", "--local", address)
	f.mustPrint(code, output, 1, "Decision:   none: no scheduler that was asked has placed the pod")

	f.explainByPortForward(placed)

	// Another scheduler knows nothing of what was decided before.
	f.must(scheduler.Kill())
	start("second")
	f.await("the second scheduler to lead", func() string {
		lease, err := f.client.CoordinationV1().Leases(deploy.Namespace).Get(f, "loadline-scheduler", metav1.GetOptions{})
		f.must(err)
		if *lease.Spec.LeaseTransitions == 0 {
			return "the first one has the lease"
		}
		return ""
	})
	code, output = f.loadline(f.Kubeconfig(), "explain", "pod", "web")
	f.mustPrint(code, output, 1, "Decision:   not known any more: the pod was placed ", " ago, before ", " began to lead ", "Now:        Running on node cool")
	f.pod("after", aSixteenth)
	f.placed("after")
	code, output = f.loadline(f.Kubeconfig(), "explain", "pod", "after")
	f.mustPrint(code, output, 0, "Decision:    placed on node cool, ")
}

// explainByPortForward asks the replicas in the cluster.
func (f *fixture) explainByPortForward(placed []string) {
	f.Helper()
	code, output := f.loadline(f.Kubeconfig(), "explain", "pod", "web")
	f.mustPrint(code, output, 2, "error: no scheduler to ask: no pod in namespace \"loadline-system\" has the label app.kubernetes.io/name=loadline-scheduler: ")

	f.replica("replica-1")
	code, output = f.loadline(f.Kubeconfig(), "explain", "pod", "web")
	f.mustPrint(code, output, 0, placed...)

	// With one replica that does not answer, the other ones do.
	f.replica("replica-2")
	code, output = f.loadline(f.Kubeconfig(), "explain", "pod", "web")
	f.mustPrint(code, output, 0, append([]string{"warning: replica-2 could not be asked: ", "connection refused"}, placed...)...)
	f.must(f.client.CoreV1().Pods(deploy.Namespace).Delete(f, "replica-2", metav1.DeleteOptions{}))

	forwards := f.reader("forwards", "", "pods")
	code, output = f.loadline(forwards, "explain", "pod", "web")
	f.mustPrint(code, output, 2, "error: no scheduler could be asked: replica-1: ", `pods "replica-1" is forbidden: User "system:serviceaccount:default:forwards" cannot create resource "pods/portforward"`)
	f.permit("forwards", rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"pods/portforward"}, Verbs: []string{"get", "create"}})
	f.await("the right to forward ports", func() string {
		code, output = f.loadline(forwards, "explain", "pod", "web")
		if strings.Contains(output, "is forbidden") {
			return output
		}
		return ""
	})
	f.mustPrint(code, output, 0, placed...)

	proxied, refused := f.withoutWebsockets()
	code, output = f.loadline(proxied, "explain", "pod", "web")
	f.mustPrint(code, output, 0, placed...)
	if refused.Load() == 0 {
		f.Error("no websocket was tried")
	}
}

// permit gives a reader one more right.
func (f *fixture) permit(reader string, rule rbacv1.PolicyRule) {
	f.Helper()
	roles := f.client.RbacV1().ClusterRoles()
	role, err := roles.Get(f, reader, metav1.GetOptions{})
	f.must(err)
	role.Rules = append(role.Rules, rule)
	_, err = roles.Update(f, role, metav1.UpdateOptions{})
	f.must(err)
}

// withoutWebsockets is a way for the administrator through a proxy that refuses
// websockets, and counts them.
func (f *fixture) withoutWebsockets() (kubeconfig string, refused *atomic.Int32) {
	f.Helper()
	config := f.RESTConfig()
	config.NextProtos = []string{"http/1.1"} // HTTP/2 has no other upgrades
	server, err := url.Parse(config.Host)
	f.must(err)
	transport, err := rest.TransportFor(config)
	f.must(err)
	proxy := &httputil.ReverseProxy{Transport: transport, Rewrite: func(request *httputil.ProxyRequest) { request.SetURL(server) }}
	refused = &atomic.Int32{}
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
			refused.Add(1)
			http.Error(w, "no websockets here", http.StatusBadRequest)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	f.Cleanup(front.Close)
	return f.write("proxied", fmt.Sprintf(`{apiVersion: v1, kind: Config, current-context: c, contexts: [{name: c, context: {cluster: s}}],
clusters: [{name: s, cluster: {server: %q}}]}`, front.URL)), refused
}
