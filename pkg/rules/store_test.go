// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
	"k8s.io/client-go/tools/events"
	"k8s.io/klog/v2"
	"k8s.io/utils/clock"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
)

const namespace = "system"

// rules is a valid rule set. Its threshold tells one content from another.
func rules(name, above string) string {
	return fmt.Sprintf(`
apiVersion: loadline.dev/v1alpha1
kind: RuleSet
metadata: {name: %s}
spec:
  metrics: [{name: memory, builtin: memory}]
  rules: [{name: hot, when: [{metric: memory, above: %s}], reject: {}}]
`, name, above)
}

// refused is a rule set with a mistake in it.
func refused(name string) string { return rules(name, "ninety") }

// configMap holds texts under the keys "a", "b" and so on. age is how many
// seconds before the others it was made.
func configMap(name string, age int, texts ...string) *corev1.ConfigMap {
	made := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).Add(-time.Duration(age) * time.Second)
	object := &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: namespace, Name: name, UID: types.UID(fmt.Sprintf("%s-%d", name, age)),
			CreationTimestamp: metav1.NewTime(made), Labels: map[string]string{v1alpha1.RulesLabel: "true"},
		},
		Data: map[string]string{},
	}
	for i, text := range texts {
		object.Data[string(rune('a'+i))] = text
	}
	return object
}

func annotated(object *corev1.ConfigMap) *corev1.ConfigMap {
	object.Annotations = map[string]string{"edited": "yes"}
	object.ResourceVersion = "2"
	return object
}

// binary adds a key "z" to the binary data.
func binary(object *corev1.ConfigMap, data string) *corev1.ConfigMap {
	object.BinaryData = map[string][]byte{"z": []byte(data)}
	return object
}

// inForce are the thresholds in force, by rule set.
func inForce(store *Store) map[string]string {
	got := map[string]string{}
	for _, rules := range store.Active() {
		got[rules.Name] = rules.Spec.Rules[0].When[0].Above.String()
	}
	return got
}

// drain takes the events recorded so far.
func drain(recorder *events.FakeRecorder) []string {
	var got []string
	for {
		select {
		case event := <-recorder.Events:
			got = append(got, event)
		default:
			slices.Sort(got)
			return got
		}
	}
}

// state is what the ConfigMaps are at one time, and what is wanted then.
type state struct {
	configMaps []*corev1.ConfigMap
	// want is in force.
	want map[string]string
	// wantEvents are parts of the events, in alphabetic order of these.
	wantEvents []string
	// unchanged tells that nobody is to be told of a change.
	unchanged bool
}

func TestStore(t *testing.T) {
	type maps = []*corev1.ConfigMap
	type force = map[string]string
	cases := map[string][]state{
		"nothing": {{want: force{}, unchanged: true}},
		"an edit": {
			{configMaps: maps{configMap("m", 0, rules("x", "90%"))}, want: force{"x": "90%"}},
			{configMaps: maps{configMap("m", 0, rules("x", "80%"))}, want: force{"x": "80%"}},
		},
		"several keys and ConfigMaps": {
			{configMaps: maps{configMap("m", 0, rules("x", "90%"), rules("other", "80%")), configMap("n", 0, rules("third", "70%"))},
				want: force{"x": "90%", "other": "80%", "third": "70%"}},
		},
		"a bad edit, and the way back": {
			{configMaps: maps{configMap("m", 0, rules("x", "90%"))}, want: force{"x": "90%"}},
			{configMaps: maps{configMap("m", 0, refused("x"))}, want: force{"x": "90%"}, unchanged: true,
				wantEvents: []string{"Warning RuleSetRefused a: refused, the last good content stays in force: spec.rules[0].when[0].above"}},
			{configMaps: maps{configMap("m", 0, rules("x", "80%"))}, want: force{"x": "80%"}},
		},
		"a bad edit after a bad edit": {
			{configMaps: maps{configMap("m", 0, rules("x", "90%"))}, want: force{"x": "90%"}},
			{configMaps: maps{configMap("m", 0, refused("x"))}, want: force{"x": "90%"}, unchanged: true, wantEvents: []string{"above"}},
			{configMaps: maps{configMap("m", 0, "apiVersion: [")}, want: force{"x": "90%"}, unchanged: true, wantEvents: []string{"last good content stays"}},
		},
		"a bad edit harms no other key": {
			{configMaps: maps{configMap("m", 0, rules("x", "90%"), rules("other", "90%"))}, want: force{"x": "90%", "other": "90%"}},
			{configMaps: maps{configMap("m", 0, refused("x"), rules("other", "80%"))}, want: force{"x": "90%", "other": "80%"}, wantEvents: []string{"a: refused"}},
		},
		"bad from the start": {
			{configMaps: maps{configMap("m", 0, refused("x"))}, want: force{}, unchanged: true,
				wantEvents: []string{"a: refused, nothing is in force in its place: spec.rules[0].when[0].above"}},
			{configMaps: maps{configMap("m", 0, rules("x", "90%"))}, want: force{"x": "90%"}},
		},
		"a bad edit that also renames": {
			{configMaps: maps{configMap("m", 0, rules("x", "90%"))}, want: force{"x": "90%"}},
			{configMaps: maps{configMap("m", 0, refused("other"))}, want: force{"x": "90%"}, unchanged: true, wantEvents: []string{"last good content stays"}},
			{configMaps: maps{configMap("m", 0, refused("third"))}, want: force{"x": "90%"}, unchanged: true, wantEvents: []string{"last good content stays"}},
			{configMaps: maps{configMap("m", 0, rules("other", "80%"))}, want: force{"other": "80%"}},
		},
		"a name of an earlier mistake is not held": {
			{configMaps: maps{configMap("m", 0, rules("x", "90%")), configMap("n", 0, rules("other", "70%"))}, want: force{"x": "90%", "other": "70%"}},
			{configMaps: maps{configMap("m", 0, refused("other")), configMap("n", 0, rules("other", "70%"))}, want: force{"x": "90%", "other": "70%"}, unchanged: true,
				wantEvents: []string{"above"}},
			{configMaps: maps{configMap("m", 0, refused("x")), configMap("n", 0, rules("other", "70%"))}, want: force{"x": "90%", "other": "70%"}, unchanged: true,
				wantEvents: []string{"above"}},
			{configMaps: maps{configMap("m", 0, refused("x"))}, want: force{"x": "90%"}},
		},
		"a good edit that renames": {
			{configMaps: maps{configMap("m", 0, rules("x", "90%"))}, want: force{"x": "90%"}},
			{configMaps: maps{configMap("m", 0, rules("other", "90%"))}, want: force{"other": "90%"}},
		},
		"a ConfigMap is deleted": {
			{configMaps: maps{configMap("m", 0, rules("x", "90%")), configMap("n", 0, rules("other", "90%"))}, want: force{"x": "90%", "other": "90%"}},
			{configMaps: maps{configMap("n", 0, rules("other", "90%"))}, want: force{"other": "90%"}},
		},
		"a refused ConfigMap is deleted": {
			{configMaps: maps{configMap("m", 0, rules("x", "90%"))}, want: force{"x": "90%"}},
			{configMaps: maps{configMap("m", 0, refused("x"))}, want: force{"x": "90%"}, unchanged: true, wantEvents: []string{"above"}},
			{want: force{}},
		},
		"a key is deleted": {
			{configMaps: maps{configMap("m", 0, rules("x", "90%"), rules("other", "90%"))}, want: force{"x": "90%", "other": "90%"}},
			{configMaps: maps{configMap("m", 0, rules("x", "90%"))}, want: force{"x": "90%"}},
		},
		"a ConfigMap is renamed": { // as GitOps tools do, with a hash in the name
			{configMaps: maps{configMap("m-1", 60, rules("x", "90%"))}, want: force{"x": "90%"}},
			{configMaps: maps{configMap("m-1", 60, rules("x", "90%")), configMap("m-2", 0, rules("x", "80%"))}, want: force{"x": "80%"},
				wantEvents: []string{`Warning RuleSetSuperseded a: superseded by key a of ConfigMap m-2, which is newer and also holds rule set "x"`}},
			{configMaps: maps{annotated(configMap("m-1", 60, rules("x", "90%"))), configMap("m-2", 0, rules("x", "80%"))}, want: force{"x": "80%"}, unchanged: true},
			{configMaps: maps{configMap("m-2", 0, rules("x", "80%"))}, want: force{"x": "80%"}, unchanged: true},
		},
		"a renamed ConfigMap is taken back": {
			{configMaps: maps{configMap("m-1", 60, rules("x", "90%")), configMap("m-2", 0, rules("x", "80%"))}, want: force{"x": "80%"}, wantEvents: []string{"m-2"}},
			{configMaps: maps{configMap("m-1", 60, rules("x", "90%"))}, want: force{"x": "90%"}},
			{configMaps: maps{configMap("m-1", 60, rules("x", "90%")), configMap("m-2", 0, rules("x", "80%"))}, want: force{"x": "80%"}, wantEvents: []string{"m-2"}},
		},
		"of one age the greater name wins": {
			{configMaps: maps{configMap("n", 0, rules("x", "90%")), configMap("m", 0, rules("x", "80%"))}, want: force{"x": "90%"}, wantEvents: []string{"ConfigMap n"}},
		},
		"of one ConfigMap the greater key wins": {
			{configMaps: maps{configMap("m", 0, rules("x", "90%"), rules("x", "80%"))}, want: force{"x": "80%"}, wantEvents: []string{"by key b"}},
		},
		"a renamed ConfigMap with bad content": {
			{configMaps: maps{configMap("m-1", 60, rules("x", "90%"))}, want: force{"x": "90%"}},
			{configMaps: maps{configMap("m-1", 60, rules("x", "90%")), configMap("m-2", 0, refused("x"))}, want: force{"x": "90%"}, unchanged: true,
				wantEvents: []string{"a: refused, the last good content stays"}},
			{configMaps: maps{configMap("m-2", 0, refused("x"))}, want: force{"x": "90%"}, unchanged: true},
			{configMaps: maps{configMap("m-3", -60, rules("x", "80%"))}, want: force{"x": "80%"}},
		},
		"a renamed ConfigMap with bad content, both at once": {
			{configMaps: maps{configMap("m-1", 60, rules("x", "90%"))}, want: force{"x": "90%"}},
			{configMaps: maps{configMap("m-2", 0, refused("x"))}, want: force{"x": "90%"}, unchanged: true, wantEvents: []string{"the last good content stays"}},
		},
		"a bad edit of the newer does not bring the older back": {
			{configMaps: maps{configMap("m-1", 60, rules("x", "90%")), configMap("m-2", 0, rules("x", "80%"))}, want: force{"x": "80%"}, wantEvents: []string{"m-2"}},
			{configMaps: maps{configMap("m-1", 60, rules("x", "90%")), configMap("m-2", 0, refused("x"))}, want: force{"x": "80%"}, unchanged: true,
				wantEvents: []string{"the last good content stays"}},
		},
		"the same again": {
			{configMaps: maps{configMap("m", 0, refused("x")), configMap("n", 0, rules("other", "90%"))}, want: force{"other": "90%"}, wantEvents: []string{"above"}},
			{configMaps: maps{configMap("m", 0, refused("x")), configMap("n", 0, rules("other", "90%"))}, want: force{"other": "90%"}, unchanged: true},
			{configMaps: maps{annotated(configMap("m", 0, refused("x"))), annotated(configMap("n", 0, rules("other", "90%")))}, want: force{"other": "90%"}, unchanged: true},
		},
		"a refused ConfigMap that was made anew is reported anew": {
			{configMaps: maps{configMap("m", 0, refused("x"))}, want: force{}, unchanged: true, wantEvents: []string{"above"}},
			{configMaps: maps{configMap("m", 60, refused("x"))}, want: force{}, unchanged: true, wantEvents: []string{"above"}},
		},
		"text that is none": {
			{configMaps: maps{binary(configMap("m", 0, rules("x", "90%")), "\xff\xfe")}, want: force{"x": "90%"}, wantEvents: []string{"z: refused, nothing is in force in its place: "}},
			{configMaps: maps{binary(configMap("m", 0, rules("x", "90%")), rules("other", "80%"))}, want: force{"x": "90%", "other": "80%"}},
		},
		"several documents in one key": {
			{configMaps: maps{configMap("m", 0, rules("x", "90%"))}, want: force{"x": "90%"}},
			{configMaps: maps{configMap("m", 0, rules("x", "80%")+"---"+rules("other", "80%"))}, want: force{"x": "90%"}, unchanged: true,
				wantEvents: []string{"more than one YAML document"}},
		},
	}
	for name, states := range cases {
		t.Run(name, func(t *testing.T) {
			recorder := events.NewFakeRecorder(100)
			store := NewStore(nil, namespace, recorder, clock.RealClock{})
			for i, state := range states {
				store.update(klog.Background(), state.configMaps)
				if diff := cmp.Diff(state.want, inForce(store)); diff != "" {
					t.Errorf("in force in state %d (-want +got):\n%s", i, diff)
				}
				matches := func(got, want string) bool { return strings.Contains(got, want) }
				if got := drain(recorder); !slices.EqualFunc(got, state.wantEvents, matches) {
					t.Errorf("events in state %d: got %q, want %q in them", i, got, state.wantEvents)
				}
				if changed := len(store.Changed()) > 0; changed == state.unchanged {
					t.Errorf("state %d: told of a change: %v", i, changed)
				}
				select {
				case <-store.Changed():
				default:
				}
			}
		})
	}
}

func TestNamesOfRefusedContentDoNotPileUp(t *testing.T) {
	store := NewStore(nil, namespace, &events.FakeRecorder{}, clock.RealClock{})
	for i := range 100 {
		store.update(klog.Background(), []*corev1.ConfigMap{configMap("m", 0, refused(fmt.Sprintf("x-%d", i)))})
	}
	if names := store.entries[source{"m", "a"}].names; len(names) > 2 {
		t.Errorf("after 100 refused edits, one key carries the names %q", names)
	}
}

func TestEventsFitTheAPI(t *testing.T) {
	recorder := events.NewFakeRecorder(100)
	store := NewStore(nil, namespace, recorder, clock.RealClock{})
	long := strings.Repeat("x", 240)
	mistakes := rules("x", strings.Repeat("ü", 2000))
	store.update(klog.Background(), []*corev1.ConfigMap{
		{ObjectMeta: metav1.ObjectMeta{Name: long + "-1"}, Data: map[string]string{long: rules(long, "90%"), "bad": mistakes}},
		{ObjectMeta: metav1.ObjectMeta{Name: long + "-2"}, Data: map[string]string{long + "-2": rules(long, "90%")}},
	})
	got := drain(recorder)
	if len(got) != 2 {
		t.Fatalf("got %d events, want one refusal and one that is superseded", len(got))
	}
	for _, event := range got {
		note := strings.SplitN(event, " ", 3)[2]
		if len(note) > 1024 || strings.ToValidUTF8(note, "") != note {
			t.Errorf("got a note of %d bytes, want valid text of at most 1024:\n%s", len(note), note)
		}
	}
}

// await waits until the rule sets in force are as wanted.
func await(t *testing.T, store *Store, want map[string]string) {
	t.Helper()
	err := wait.PollUntilContextTimeout(t.Context(), time.Millisecond, 30*time.Second, true,
		func(context.Context) (bool, error) { return cmp.Equal(want, inForce(store)), nil })
	if err != nil {
		t.Fatalf("in force (-want +got):\n%s", cmp.Diff(want, inForce(store)))
	}
}

func TestStartFollowsTheConfigMaps(t *testing.T) {
	client := fake.NewClientset(configMap("m", 0, rules("x", "90%")))
	recorder := events.NewFakeRecorder(100)
	store := NewStore(client, namespace, recorder, clock.RealClock{})
	if err := store.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"x": "90%"}, inForce(store)); diff != "" {
		t.Errorf("after the start (-want +got):\n%s", diff)
	}
	api := client.CoreV1().ConfigMaps(namespace)
	steps := []struct {
		do   func() error
		want map[string]string
	}{
		{
			do: func() error {
				_, err := api.Update(t.Context(), configMap("m", 0, rules("x", "80%")), metav1.UpdateOptions{})
				return err
			},
			want: map[string]string{"x": "80%"},
		},
		{
			do: func() error {
				_, err := api.Create(t.Context(), configMap("n", 0, rules("other", "70%")), metav1.CreateOptions{})
				return err
			},
			want: map[string]string{"x": "80%", "other": "70%"},
		},
		{
			do:   func() error { return api.Delete(t.Context(), "m", metav1.DeleteOptions{}) },
			want: map[string]string{"other": "70%"},
		},
	}
	for _, step := range steps {
		if err := step.do(); err != nil {
			t.Fatal(err)
		}
		await(t, store, step.want)
		<-store.Changed()
	}
	if got := drain(recorder); len(got) != 0 {
		t.Errorf("got events %q, want none", got)
	}
}

func TestStartReadsOnlyLabelledConfigMapsOfItsNamespace(t *testing.T) {
	unlabelled, elsewhere := configMap("n", 0, rules("other", "90%")), configMap("o", 0, rules("third", "90%"))
	unlabelled.Labels = nil
	elsewhere.Namespace = "default"
	client := fake.NewClientset(configMap("m", 0, rules("x", "90%")), unlabelled, elsewhere)
	store := NewStore(client, namespace, events.NewFakeRecorder(100), clock.RealClock{})
	if err := store.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"x": "90%"}, inForce(store)); diff != "" {
		t.Errorf("in force (-want +got):\n%s", diff)
	}
	watches := func(action clienttesting.Action) bool { return action.GetVerb() == "watch" }
	err := wait.PollUntilContextTimeout(t.Context(), time.Millisecond, 30*time.Second, true,
		func(context.Context) (bool, error) { return slices.ContainsFunc(client.Actions(), watches), nil })
	if err != nil {
		t.Fatalf("waiting for the watch: %v", err)
	}
	for _, action := range client.Actions() {
		switch list, _ := action.(clienttesting.ListAction); {
		case action.GetNamespace() != namespace:
			t.Errorf("%s %s in namespace %q, want %q", action.GetVerb(), action.GetResource().Resource, action.GetNamespace(), namespace)
		case list != nil && list.GetListRestrictions().Labels.String() != "loadline.dev/rules=true":
			t.Errorf("listed by labels %q", list.GetListRestrictions().Labels)
		}
	}
}

func TestWhatIsDeletedBetweenListAndWatchIsGone(t *testing.T) {
	client := fake.NewClientset(configMap("m", 0, rules("x", "90%")))
	configMaps := corev1.SchemeGroupVersion.WithResource("configmaps")
	var once sync.Once
	client.PrependReactor("list", "configmaps", func(clienttesting.Action) (handled bool, list runtime.Object, err error) {
		once.Do(func() {
			handled = true
			if list, err = client.Tracker().List(configMaps, corev1.SchemeGroupVersion.WithKind("ConfigMap"), namespace); err == nil {
				err = client.Tracker().Delete(configMaps, namespace, "m")
			}
		})
		return handled, list, err
	})
	store := NewStore(client, namespace, events.NewFakeRecorder(100), clock.RealClock{})
	if err := store.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	await(t, store, map[string]string{})
}

func TestStartFailsWhereConfigMapsCannotBeListed(t *testing.T) {
	client := fake.NewClientset()
	client.PrependReactor("list", "configmaps", func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, nil, errors.New("forbidden")
	})
	err := NewStore(client, namespace, events.NewFakeRecorder(100), clock.RealClock{}).Start(t.Context())
	if err == nil || !strings.Contains(err.Error(), `"system"`) || !strings.Contains(err.Error(), "forbidden") {
		t.Errorf("got error %v, want one that names the namespace and the reason", err)
	}
}
