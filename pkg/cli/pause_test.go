// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"context"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"

	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
	"github.com/loadline-dev/loadline/test/cluster"
	"github.com/loadline-dev/loadline/test/cluster/clustertest"
)

// utcTimes are those that are written down.
var utcTimes = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`)

// pauseWorld is a namespace of an API server, where evictions are written down.
type pauseWorld struct {
	*testing.T
	client    kubernetes.Interface
	namespace string
	// admin and user are flags that name a kubeconfig. The user has the rights that
	// may gives.
	admin, user string
	may         func(rules ...rbacv1.PolicyRule)
}

// prints runs the command line in the namespace, and compares what it prints with
// times left out.
func (w *pauseWorld) prints(wantCode int, want string, arguments ...string) {
	w.Helper()
	code, out, errOut := run(w.T, "", append(arguments, "-n", w.namespace)...)
	if code != wantCode {
		w.Errorf("%q: got exit code %d, want %d", arguments, code, wantCode)
	}
	want = strings.ReplaceAll(want, "NAMESPACE", w.namespace)
	if diff := cmp.Diff(want, utcTimes.ReplaceAllString(out+errOut, "TIME")); diff != "" {
		w.Errorf("%q prints (-want +got):\n%s", arguments, diff)
	}
}

// isPaused compares the annotation, with times left out. Empty: there is none.
func (w *pauseWorld) isPaused(want string) {
	w.Helper()
	value, annotated := w.object().Annotations[history.PausedAnnotation]
	if got := utcTimes.ReplaceAllString(value, "TIME"); got != want || annotated != (want != "") {
		w.Errorf("got the annotation %q (%t), want %q", got, annotated, want)
	}
	if paused := !history.PausedBy(w.object()).IsZero(); paused != (want != "") {
		w.Errorf("evictions are paused: %t", paused)
	}
}

func (w *pauseWorld) object() *corev1.ConfigMap {
	w.Helper()
	object, err := w.client.CoreV1().ConfigMaps(w.namespace).Get(w.Context(), history.ConfigMap, metav1.GetOptions{})
	if err != nil {
		w.Fatal(err)
	}
	return object
}

// store writes a state down as the descheduler does.
func (w *pauseWorld) store(state history.State) {
	w.Helper()
	store := history.NewStore(w.client.CoreV1().ConfigMaps(w.namespace), w.namespace)
	if _, err := store.Load(w.Context()); err != nil {
		w.Fatal(err)
	}
	if err := store.Save(w.Context(), state); err != nil {
		w.Fatal(err)
	}
}

const (
	notBack  = "Pods that were evicted before are not brought back\n"
	howToEnd = "To let evictions go on: kubectl loadline resume -n NAMESPACE\n"
)

func TestPause(t *testing.T) {
	box := clustertest.Start(t)
	verbs := func(names []string, verbs ...string) rbacv1.PolicyRule {
		return rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"configmaps"}, ResourceNames: names, Verbs: verbs}
	}
	only := []string{history.ConfigMap}
	cases := map[string]func(w *pauseWorld){
		"before there is any eviction": func(w *pauseWorld) {
			w.prints(0, "Evictions are paused: admin at TIME: release day, ask alice\n"+notBack+howToEnd, "pause", "release", "day,", " ask\nalice", w.admin)
			w.isPaused("admin at TIME: release day, ask alice")
			// The descheduler takes it from there, and leaves the annotation.
			w.store(recorded(evicted("web-1", 3, lowered)))
			w.isPaused("admin at TIME: release day, ask alice")
			w.prints(0, "Evictions may go on. They were paused: admin at TIME: release day, ask alice\n", "resume", w.admin)
			w.isPaused("")
			if data := w.object().Data; len(data) != 1 || !strings.Contains(data[history.Key], "web-1") {
				w.Errorf("got data %v, want the records", data)
			}
		},
		"while the descheduler holds an older version": func(w *pauseWorld) {
			w.store(recorded(evicted("web-1", 3, lowered)))
			store := history.NewStore(w.client.CoreV1().ConfigMaps(w.namespace), w.namespace)
			if _, err := store.Load(w.Context()); err != nil {
				w.Fatal(err)
			}
			w.prints(0, "Evictions are paused: admin at TIME\n"+notBack+howToEnd, "pause", w.admin)
			if err := store.Save(w.Context(), recorded(evicted("web-2", 3, lowered))); err != nil {
				w.Error(err)
			}
			w.isPaused("admin at TIME")
		},
		"twice": func(w *pauseWorld) {
			w.prints(0, "Evictions are paused: admin at TIME: maintenance\n"+notBack+howToEnd, "pause", "maintenance", w.admin)
			before := w.object()
			w.prints(0, "Evictions are paused already: admin at TIME: maintenance\n"+notBack+howToEnd, "pause", "maintenance", w.admin)
			w.prints(0, "Evictions are paused already: admin at TIME: maintenance\n"+notBack+howToEnd, "pause", w.admin)
			if w.object().ResourceVersion != before.ResourceVersion {
				w.Error("it was changed all the same")
			}
		},
		"for another reason": func(w *pauseWorld) {
			w.prints(0, "Evictions are paused: admin at TIME: maintenance\n"+notBack+howToEnd, "pause", "maintenance", w.admin)
			w.prints(0, "Evictions are paused: admin at TIME: incident\nThe pause before: admin at TIME: maintenance\n"+notBack+howToEnd, "pause", "incident", w.admin)
			w.isPaused("admin at TIME: incident")
		},
		"evictions under way": func(w *pauseWorld) {
			w.store(recorded(evicted("web-1", 3, lowered), evicted("web-2", 1, carriedOut), evicted("web-3", 1), evicted("web-4", 1, carriedOut, func(r *history.Record) { r.DryRun = true }),
				evicted("web-5", 1, carriedOut, func(r *history.Record) { r.Failed, r.Effect = "no", history.EffectUnknown })))
			w.prints(0, "Evictions are paused: admin at TIME\nPods that were evicted before are not brought back; 1 is still going: shop/web-2\n"+howToEnd, "pause", w.admin)
		},
		"a ledger that cannot be read": func(w *pauseWorld) {
			w.store(recorded(evicted("web-1", 3, lowered)))
			if _, err := w.client.CoreV1().ConfigMaps(w.namespace).Update(w.Context(), &corev1.ConfigMap{
				ObjectMeta: metav1.ObjectMeta{Name: history.ConfigMap, Labels: map[string]string{"team": "web"}}, Data: map[string]string{history.Key: "{", "note": "mine"},
			}, metav1.UpdateOptions{}); err != nil {
				w.Fatal(err)
			}
			w.prints(0, "Evictions are paused: admin at TIME\n"+notBack+howToEnd, "pause", w.admin)
			code, _, errOut := run(w.T, "", "resume", "-n", w.namespace, w.admin)
			if want := "warning: nothing is evicted until this is corrected: reading ConfigMap " + w.namespace + "/loadline-evictions, key evictions.yaml: "; code != 0 || !strings.HasPrefix(errOut, want) {
				w.Errorf("got exit code %d and errors %q", code, errOut)
			}
			if object := w.object(); object.Labels["team"] != "web" || object.Data["note"] != "mine" || object.Data[history.Key] != "{" {
				w.Errorf("something else was changed: %v", object)
			}
		},
		"resume what is not paused": func(w *pauseWorld) {
			w.prints(0, "Evictions are not paused\n", "resume", w.admin)
			w.store(recorded(evicted("web-1", 3, lowered)))
			w.prints(0, "Evictions are not paused\n", "resume", w.admin)
		},
		"resume with the breaker open": func(w *pauseWorld) {
			w.store(history.State{Breaker: history.Breaker{Opened: ago(1), Until: ago(-1), Why: reason.New("Ineffective", "did nothing")}})
			w.prints(0, "Evictions are not paused\nBut the breaker is open: Ineffective: did nothing; evictions stop until TIME\n", "resume", w.admin)
		},
		"without any right": func(w *pauseWorld) {
			want := "error: reading ConfigMap NAMESPACE/loadline-evictions: configmaps \"loadline-evictions\" is forbidden: User \"system:serviceaccount:NAMESPACE:user\" " +
				"cannot get resource \"configmaps\" in API group \"\" in the namespace \"NAMESPACE\"\n"
			w.prints(2, want, "pause", w.user)
			w.prints(2, want, "resume", w.user)
		},
		"with the right to read": func(w *pauseWorld) {
			w.may(verbs(only, "get"))
			w.store(recorded(evicted("web-1", 3, lowered)))
			w.prints(2, "error: annotating ConfigMap NAMESPACE/loadline-evictions: configmaps \"loadline-evictions\" is forbidden: User \"system:serviceaccount:NAMESPACE:user\" "+
				"cannot patch resource \"configmaps\" in API group \"\" in the namespace \"NAMESPACE\"\n", "pause", w.user)
			w.isPaused("")
		},
		"with the right to patch alone": func(w *pauseWorld) {
			w.may(verbs(only, "get", "patch"))
			w.prints(2, "error: annotating ConfigMap NAMESPACE/loadline-evictions: configmaps is forbidden: User \"system:serviceaccount:NAMESPACE:user\" "+
				"cannot create resource \"configmaps\" in API group \"\" in the namespace \"NAMESPACE\"\n", "pause", w.user)
			w.store(recorded(evicted("web-1", 3, lowered)))
			w.prints(0, "Evictions are paused: system:serviceaccount:NAMESPACE:user at TIME\n"+notBack+howToEnd, "pause", w.user)
			w.prints(0, "Evictions may go on. They were paused: system:serviceaccount:NAMESPACE:user at TIME\n", "resume", w.user)
			w.isPaused("")
		},
		"with the rights that it needs": func(w *pauseWorld) {
			w.may(verbs(only, "get", "patch"), verbs(nil, "create"))
			w.prints(0, "Evictions are paused: system:serviceaccount:NAMESPACE:user at TIME: x\n"+notBack+howToEnd, "pause", "x", w.user)
		},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) { test(newPauseWorld(t, box, box.Client())) })
	}
}

func newPauseWorld(t *testing.T, box *cluster.Cluster, client kubernetes.Interface) *pauseWorld {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	namespace, err := client.CoreV1().Namespaces().Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "pause-"}}, metav1.CreateOptions{})
	must(err)
	_, err = client.CoreV1().ServiceAccounts(namespace.Name).Create(t.Context(), &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "user"}}, metav1.CreateOptions{})
	must(err)
	user, err := box.ServiceAccountKubeconfig(t.Context(), namespace.Name, "user")
	must(err)
	return &pauseWorld{
		T: t, client: client, namespace: namespace.Name, admin: "--kubeconfig=" + box.Kubeconfig(), user: "--kubeconfig=" + user,
		may: func(rules ...rbacv1.PolicyRule) {
			t.Helper()
			_, err := client.RbacV1().Roles(namespace.Name).Create(t.Context(), &rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Name: "user"}, Rules: rules}, metav1.CreateOptions{})
			must(err)
			_, err = client.RbacV1().RoleBindings(namespace.Name).Create(t.Context(), &rbacv1.RoleBinding{
				ObjectMeta: metav1.ObjectMeta{Name: "user"}, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: "user"},
				Subjects: []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: namespace.Name, Name: "user"}},
			}, metav1.CreateOptions{})
			must(err)
			must(awaitRights(t.Context(), client, namespace.Name, rules))
		},
	}
}

// awaitRights waits until the authorizer knows of the rights on ConfigMaps of the
// user.
func awaitRights(ctx context.Context, client kubernetes.Interface, namespace string, rules []rbacv1.PolicyRule) error {
	return wait.PollUntilContextTimeout(ctx, 20*time.Millisecond, time.Minute, true, func(ctx context.Context) (bool, error) {
		for _, rule := range rules {
			for _, verb := range rule.Verbs {
				review, err := client.AuthorizationV1().SubjectAccessReviews().Create(ctx, &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
					User: "system:serviceaccount:" + namespace + ":user",
					ResourceAttributes: &authorizationv1.ResourceAttributes{
						Namespace: namespace, Verb: verb, Resource: "configmaps", Name: strings.Join(rule.ResourceNames, ""),
					},
				}}, metav1.CreateOptions{})
				if err != nil || !review.Status.Allowed {
					return false, err
				}
			}
		}
		return true, nil
	})
}

var patched = regexp.MustCompile(`^\{"metadata":\{"annotations":\{"loadline.dev/paused":"TIME: x"\}\}\}$`)

// The descheduler makes the ConfigMap just when it is to be made, and the API server
// does not say who asks.
func TestPauseBesideTheDescheduler(t *testing.T) {
	patches := 0
	const path = "/api/v1/namespaces/loadline-system/configmaps"
	server := apiServer(t, map[string]http.HandlerFunc{
		"POST /apis/authentication.k8s.io/v1/selfsubjectreviews": notPermitted(),
		"POST " + path: serveStatus(http.StatusConflict, metav1.StatusReasonAlreadyExists, "it is there"),
		"PATCH " + path + "/loadline-evictions": func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if text := utcTimes.ReplaceAllString(string(body), "TIME"); err != nil || !patched.MatchString(text) {
				t.Errorf("got the patch %s (%v)", text, err)
			}
			if patches++; patches == 1 {
				serveStatus(http.StatusNotFound, metav1.StatusReasonNotFound, "there is no such object")(w, r)
				return
			}
			serve(configMap(history.ConfigMap, nil))(w, r)
		},
	})
	code, out, errOut := run(t, "", "pause", "x", server)
	out = utcTimes.ReplaceAllString(out, "TIME")
	if want := "Evictions are paused: TIME: x\n" + notBack + "To let evictions go on: kubectl loadline resume\n"; code != 0 || out != want || errOut != "" || patches != 2 {
		t.Errorf("got exit code %d, output %q, errors %q and %d patches", code, out, errOut, patches)
	}
}

func TestPauseFaults(t *testing.T) {
	down := serveStatus(http.StatusInternalServerError, metav1.StatusReasonInternalError, "etcd is down")
	cases := map[string]struct {
		arguments []string
		server    map[string]http.HandlerFunc
		want      string
	}{
		"no namespace":        {arguments: []string{"pause"}, want: "error: annotating ConfigMap loadline-system/loadline-evictions: there is no such object\n"},
		"pausing, no answer":  {arguments: []string{"pause"}, server: map[string]http.HandlerFunc{ledgerPath: down}, want: "error: reading ConfigMap loadline-system/loadline-evictions: etcd is down\n"},
		"resuming, no answer": {arguments: []string{"resume"}, server: map[string]http.HandlerFunc{ledgerPath: down}, want: "error: reading ConfigMap loadline-system/loadline-evictions: etcd is down\n"},
		"resuming, not taken": {arguments: []string{"resume"}, server: map[string]http.HandlerFunc{
			ledgerPath: ledgerOf(t, history.State{}, pausedFor("x")), "PATCH " + strings.TrimPrefix(ledgerPath, "GET "): down,
		}, want: "error: annotating ConfigMap loadline-system/loadline-evictions: etcd is down\n"},
		"resume with a reason": {arguments: []string{"resume", "now"}, want: "error: unknown command \"now\" for \"kubectl loadline resume\"\n"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			code, out, errOut := run(t, "", append(tc.arguments, apiServer(t, tc.server))...)
			if code != 2 || out != "" || errOut != tc.want {
				t.Errorf("got exit code %d, output %q and errors %q", code, out, errOut)
			}
		})
	}
}
