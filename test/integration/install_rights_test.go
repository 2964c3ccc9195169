// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/loadline-dev/loadline/test/cluster"
	"github.com/loadline-dev/loadline/test/deploy"
)

// installedRules ask for all that rules can.
const installedRules = `{metrics: [{name: memory, builtin: memory, staleAfter: 5s}],
  rules: [{name: memory-above-90, when: [{metric: memory, above: 90%, clear: 85%}], reject: {}, evict: {for: 2s},
    labels: {loadline.dev/hot: memory}, taint: {effect: PreferNoSchedule}}],
  preferences: [{metric: memory, prefer: Lower}]}`

// Rights that cannot be used in a box, or only by chance, and why they are granted all
// the same.
var (
	schedulerExcuses = map[string]string{
		"loadline-scheduler get resourceclaims.resource.k8s.io":            "looks again where somebody else has written to the claim in the same moment",
		"loadline-scheduler delete resourceclaims.resource.k8s.io":         "takes back the claim of a pod that could not be bound",
		"loadline-scheduler patch resourceclaims/status.resource.k8s.io":   "takes back the devices of a pod that could not be bound",
		"loadline-scheduler update resourceclaims/binding.resource.k8s.io": "asked by the API server itself when the status is updated, and not sent as a request",
		"loadline-scheduler patch resourceclaims/binding.resource.k8s.io":  "the same when it is patched",
		"loadline-scheduler update pods/finalizers":                        "asked by an admission plugin that is not on by default",
	}
	deschedulerExcuses = map[string]string{
		"loadline-descheduler get nodes": "looks again where somebody else has written to the node in the same moment",
	}
	evictionExcuses = map[string]string{
		"loadline-descheduler get pods": "looks what has become of a pod where the answer to its eviction was lost",
	}
	readerExcuses = map[string]string{
		"loadline-kubelet-reader get nodes/metrics": "asked by real kubelets; those of kwok answer everybody",
	}
)

// Both programs have all rights that they need, and no others: they run under the
// ServiceAccounts and with the configurations of the overlays, through all that they
// do, while the API server writes down what they ask for.
func TestRights(t *testing.T) {
	log, options := newAuditLog(t)
	f := newBareFixture(t, options, "a", "b", "c")
	for _, node := range []string{"a", "b", "c"} {
		f.load(node, "4Gi")
	}
	f.priorityClass("urgent", 1000)
	f.makeMetricsReader()
	flows := []struct {
		overlay string
		run     func(r rendered)
		excused []map[string]string
	}{
		{"scheduler-and-descheduler", rendered.runBoth, []map[string]string{schedulerExcuses, deschedulerExcuses, evictionExcuses, readerExcuses}},
		{"marks-only", rendered.runMarksOnly, []map[string]string{deschedulerExcuses, readerExcuses}},
	}
	for _, flow := range flows {
		t.Run(flow.overlay, func(t *testing.T) {
			r := f.within(t).install(flow.overlay)
			flow.run(r)
			excused := map[string]string{}
			for _, some := range flow.excused {
				maps.Copy(excused, some)
			}
			r.checkRights(log, excused)
			r.must(deploy.Delete(r, r.Cluster, r.objects))
		})
	}
}

// Where a Prometheus server measures, nobody may ask kubelets, and both programs are
// ready, and place pods, without any right that has to do with it.
func TestRightsWithPrometheus(t *testing.T) {
	log, options := newAuditLog(t)
	f := newBareFixture(t, options, "a")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"status": "success", "data": {"resultType": "vector", "result": []}}`)
	}))
	t.Cleanup(server.Close)
	r := f.install("prometheus")
	toServer := func(text []byte) []byte {
		return []byte(strings.ReplaceAll(string(text), "http://prometheus-k8s.monitoring:9090", server.URL))
	}
	f.applyRules("below-the-line", installedRules)
	scheduler := r.startScheduler(toServer)
	descheduler := r.startDescheduler(toServer)
	f.pod("web")
	f.placed("web")
	f.awaitReady(scheduler)
	f.awaitReady(descheduler)
	f.must(descheduler.Stop())
	f.must(scheduler.Stop())
	requests, err := log.take()
	f.must(err)
	for _, request := range requests {
		if isRefused(&request) {
			t.Errorf("%s was refused to %s %s", account(&request), request.Verb, request.RequestURI)
		}
		if request.ObjectRef != nil && request.ObjectRef.Resource == "serviceaccounts" {
			t.Errorf("%s has asked for a token: %s", account(&request), request.RequestURI)
		}
	}
}

// install applies an overlay, but for the Deployments, whose programs are processes.
func (f *fixture) install(overlay string) rendered {
	f.Helper()
	r := f.render("overlays/" + overlay)
	f.must(deploy.Apply(f, f.Cluster, deploy.WithoutDeployments(r.objects)))
	return r
}

// asItIs changes nothing of a configuration.
func asItIs(text []byte) []byte { return text }

// startScheduler starts loadline-scheduler as its Deployment does.
func (r rendered) startScheduler(change func([]byte) []byte) *deploy.Scheduler {
	r.Helper()
	scheduler, err := deploy.StartScheduler(r, r.Cluster, "loadline-scheduler", deploy.Options{
		Config: change(r.config("loadline-scheduler")),
		Flags: append(r.flags("loadline-scheduler"),
			"--leader-elect-lease-duration=4s", "--leader-elect-renew-deadline=3s", "--leader-elect-retry-period=500ms"),
	})
	r.must(err)
	return scheduler
}

// startDescheduler starts loadline-descheduler as its Deployment does, but that it
// really evicts, and soon, where it does so at all.
func (r rendered) startDescheduler(change func([]byte) []byte) *deploy.Descheduler {
	r.Helper()
	options := deploy.DeschedulerOptions{Config: change(r.config("loadline-descheduler")), Flags: r.flags("loadline-descheduler"), ChangeConfig: hasty}
	if strings.Contains(string(options.Config), "schedulerConfigFile") {
		options.Scheduler = "loadline-scheduler"
	}
	descheduler, err := deploy.StartDescheduler(r, r.Cluster, "loadline-descheduler", options)
	r.must(err)
	return descheduler
}

// flags are those of a Deployment, without the path of the configuration.
func (r rendered) flags(program string) []string {
	r.Helper()
	return decode[appsv1.Deployment](r, "Deployment", program).Spec.Template.Spec.Containers[0].Args[1:]
}

// runBoth has the programs do all that they do.
func (r rendered) runBoth() {
	r.applyRules("below-the-line", memoryLine)
	scheduler := r.startScheduler(asItIs)
	r.awaitReady(scheduler)
	r.applyRules("below-the-line", installedRules) // of which the status is written anew
	r.deployment("web", 3, "2Gi")
	if nodes := r.nodesOf("web", 3); len(nodes) != 3 {
		r.Errorf("pods on %v, want one on each node", nodes)
	}
	r.refuseAndRecover(scheduler)
	r.preempt()
	r.bindVolumes()
	r.allocateDevices()
	r.pageOf(scheduler).lookAtAll()

	descheduler := r.startDescheduler(asItIs)
	r.checkMetrics(scheduler, descheduler)
	r.changeLoad("a", "13.5Gi") // 97% with the pod, 84% without
	r.awaitMarks("a", true)
	r.awaitEvictions(descheduler, 1)
	r.awaitLog(descheduler, "Eviction judged", `effect="Lowered"`)
	r.leaveMarksAlone("c")
	r.must(descheduler.Stop())
	r.must(scheduler.Stop())
}

// runMarksOnly has a node marked and evicts nobody.
func (r rendered) runMarksOnly() {
	r.applyRules("below-the-line", installedRules)
	descheduler := r.startDescheduler(asItIs)
	r.checkMetrics(descheduler)
	r.changeLoad("b", "15Gi")
	r.awaitMarks("b", true)
	r.leaveMarksAlone("a")
	r.awaitSnapshots(descheduler, 5*time.Second) // in which nobody is evicted
	if nodes := r.nodesOf("web", 3); nodes["b"] == 0 {
		r.Errorf("pods on %v, want one still on b", nodes)
	}
	r.must(descheduler.Stop())
}

// leaveMarksAlone has rules want a label and a taint that somebody else has put on a
// node, of which two events tell.
func (r rendered) leaveMarksAlone(node string) {
	patch := `{"metadata":{"labels":{"loadline.dev/hot":"theirs"}},"spec":{"taints":[{"key":"loadline.dev/memory-above-90","value":"theirs","effect":"PreferNoSchedule"}]}}`
	_, err := r.client.CoreV1().Nodes().Patch(r, node, types.StrategicMergePatchType, []byte(patch), metav1.PatchOptions{})
	r.must(err)
	r.changeLoad(node, "15Gi")
	r.await("events about somebody else's marks", func() string {
		events, err := r.client.EventsV1().Events(metav1.NamespaceDefault).List(r, metav1.ListOptions{})
		r.must(err)
		for _, event := range events.Items {
			if event.Reason == "LoadlineMarkTaken" && event.Regarding.Name == node && event.Series != nil {
				return ""
			}
		}
		return "there are not two"
	})
	r.changeLoad(node, "4Gi")
}

// refuseAndRecover has a pod wait for a node that is over its line, and placed once
// the node is not any more.
func (r rendered) refuseAndRecover(scheduler *deploy.Scheduler) {
	r.changeLoad("c", "15Gi")
	r.awaitLog(scheduler, "Node is over a load line", `node="c"`)
	r.pod("tied", onlyOn("c"))
	r.pending("tied", overMemoryLine)
	r.changeLoad("c", "4Gi")
	if node := r.placed("tied"); node != "c" {
		r.Errorf("placed on node %s, want c", node)
	}
}

// preempt has a pod take the place of another, on a node that has room for one. That
// the node comes has the scheduler try a pod once more that it has told of already.
func (r rendered) preempt() {
	r.pod("patient", onlyOn("small"), asking(corev1.ResourceCPU, "2"))
	r.pending("patient", "didn't match Pod's node affinity/selector")
	r.must(r.AddNode(r, cluster.Node{Name: "small", CPU: "1", Memory: nodeMemory}))
	r.pending("patient", "Insufficient cpu")
	r.pod("low", onlyOn("small"), asking(corev1.ResourceCPU, "800m"))
	r.placed("low")
	r.pod("urgent", onlyOn("small"), asking(corev1.ResourceCPU, "800m"), ofPriority("urgent"))
	r.placed("urgent")
}

// prober is a program that can be asked by anybody.
type prober interface {
	GetAs(ctx context.Context, token, path string) ([]byte, error)
}

// awaitReady waits until a program says to a kubelet's probe, which is nobody in
// particular, that it lives and is ready.
func (f *fixture) awaitReady(program prober) {
	f.Helper()
	f.await("readiness", func() string {
		for _, path := range []string{"/livez", "/readyz"} {
			if answer, err := program.GetAs(f, "", path); err != nil || string(answer) != "ok" {
				return fmt.Sprintf("%s says %q, %v", path, answer, err)
			}
		}
		return ""
	})
}

// metricsReaderOnly is an account that may read metrics of components.
const metricsReaderOnly = "components-metrics-reader"

func (f *fixture) makeMetricsReader() {
	f.Helper()
	_, err := f.client.CoreV1().ServiceAccounts(namespace).Create(f, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: metricsReaderOnly}}, metav1.CreateOptions{})
	f.must(err)
	_, err = f.client.RbacV1().ClusterRoles().Create(f, &rbacv1.ClusterRole{
		ObjectMeta: metav1.ObjectMeta{Name: metricsReaderOnly},
		Rules:      []rbacv1.PolicyRule{{NonResourceURLs: []string{"/metrics"}, Verbs: []string{"get"}}},
	}, metav1.CreateOptions{})
	f.must(err)
	_, err = f.client.RbacV1().ClusterRoleBindings().Create(f, &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: metricsReaderOnly},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: metricsReaderOnly},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: namespace, Name: metricsReaderOnly}},
	}, metav1.CreateOptions{})
	f.must(err)
}

// checkMetrics checks that programs tell their metrics to who may read them, and to
// nobody else.
func (f *fixture) checkMetrics(programs ...prober) {
	f.Helper()
	allowed := f.tokenOf(metricsReaderOnly)
	others := map[string]string{"another account": f.tokenOf("default"), "nobody in particular": "", "a forger": "no.such.token"}
	for _, program := range programs {
		f.awaitReady(program)
		if _, err := program.GetAs(f, allowed, "/metrics"); err != nil {
			f.Errorf("asked for metrics by who may read them: %v", err)
		}
		for who, token := range others {
			_, err := program.GetAs(f, token, "/metrics")
			if err == nil || !strings.Contains(err.Error(), "403 Forbidden") && !strings.Contains(err.Error(), "401 Unauthorized") {
				f.Errorf("asked for metrics by %s: got %v, want to be refused", who, err)
			}
		}
	}
}

func (f *fixture) tokenOf(account string) string {
	f.Helper()
	answer, err := f.client.CoreV1().ServiceAccounts(namespace).CreateToken(f, account, &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
	f.must(err)
	return answer.Status.Token
}
