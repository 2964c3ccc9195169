// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/yaml"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
)

// start starts a store that stops with the test, or when stop is called.
func start(t *testing.T, client *fake.Clientset) (store *Store, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	store = NewStore(client, namespace, events.NewFakeRecorder(100), clock.RealClock{})
	if err := store.Start(ctx); err != nil {
		t.Fatal(err)
	}
	return store, cancel
}

// written waits until the status says what is wanted of each object.
func written(t *testing.T, client *fake.Clientset, want map[string]v1alpha1.RuleSetState) v1alpha1.RulesStatus {
	t.Helper()
	var status v1alpha1.RulesStatus
	var diff string
	err := wait.PollUntilContextTimeout(t.Context(), time.Millisecond, 30*time.Second, true, func(ctx context.Context) (bool, error) {
		object, err := client.CoreV1().ConfigMaps(namespace).Get(ctx, v1alpha1.StatusConfigMap, metav1.GetOptions{})
		if err != nil {
			return false, nil
		}
		status = v1alpha1.RulesStatus{}
		if err := yaml.UnmarshalStrict([]byte(object.Data[v1alpha1.StatusKey]), &status); err != nil {
			return false, err
		}
		got := map[string]v1alpha1.RuleSetState{}
		for _, set := range status.RuleSets {
			got[set.ConfigMap+"/"+set.Key] = set.State
		}
		diff = cmp.Diff(want, got)
		return diff == "", nil
	})
	if err != nil {
		t.Fatalf("waiting for the status: %v (-want +got):\n%s", err, diff)
	}
	return status
}

func apply(t *testing.T, client *fake.Clientset, object *corev1.ConfigMap) {
	t.Helper()
	configMaps := client.CoreV1().ConfigMaps(namespace)
	_, err := configMaps.Update(t.Context(), object, metav1.UpdateOptions{})
	if err != nil {
		_, err = configMaps.Create(t.Context(), object, metav1.CreateOptions{})
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestStatus(t *testing.T) {
	client := fake.NewClientset(configMap("m", 0, rules("x", "90%"), refused("z")), configMap("n", 10, rules("x", "80%")))
	start(t, client)
	status := written(t, client, map[string]v1alpha1.RuleSetState{"m/a": v1alpha1.InForce, "m/b": v1alpha1.Refused, "n/a": v1alpha1.Superseded})
	const path = "spec.rules[0].when[0].above"
	for _, set := range status.RuleSets {
		switch set.ConfigMap + "/" + set.Key {
		case "m/b":
			if set.Name != "z" || !strings.Contains(set.Error, path) || set.LastGood {
				t.Errorf("refused: got %+v, want the error at %s, and no earlier content", set, path)
			}
		case "n/a":
			if set.SupersededBy != "m/a" {
				t.Errorf("superseded by %q, want m/a", set.SupersededBy)
			}
		}
		if len(set.ContentHash) != 64 {
			t.Errorf("content hash %q, want a SHA-256", set.ContentHash)
		}
	}
	apply(t, client, configMap("m", 0, rules("x", "90%"), rules("z", "50%")))
	written(t, client, map[string]v1alpha1.RuleSetState{"m/a": v1alpha1.InForce, "m/b": v1alpha1.InForce, "n/a": v1alpha1.Superseded})
}

// What was in force stays in force over a restart, where nothing valid has come
// in its place and anything still carries its name.
func TestLastGoodContentSurvivesARestart(t *testing.T) {
	type force = map[string]string
	cases := map[string]struct {
		// between is what the object becomes while no store runs. Nil: it is
		// deleted.
		between *corev1.ConfigMap
		want    force
	}{
		"nothing happens":         {between: configMap("m", 0, rules("x", "90%")), want: force{"x": "90%"}},
		"a bad edit":              {between: configMap("m", 0, refused("x")), want: force{"x": "90%"}},
		"a good edit":             {between: configMap("m", 0, rules("x", "80%")), want: force{"x": "80%"}},
		"it is deleted":           {want: force{}},
		"it is another rule set":  {between: configMap("m", 0, refused("z")), want: force{}},
		"renamed, and a bad edit": {between: configMap("m-2", 0, refused("x")), want: force{"x": "90%"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			client := fake.NewClientset(configMap("m", 0, rules("x", "90%")))
			_, stop := start(t, client)
			written(t, client, map[string]v1alpha1.RuleSetState{"m/a": v1alpha1.InForce})
			stop()
			if tc.between == nil || tc.between.Name != "m" {
				if err := client.CoreV1().ConfigMaps(namespace).Delete(t.Context(), "m", metav1.DeleteOptions{}); err != nil {
					t.Fatal(err)
				}
			}
			if tc.between != nil {
				apply(t, client, tc.between)
			}
			second, _ := start(t, client)
			if diff := cmp.Diff(tc.want, inForce(second)); diff != "" {
				t.Errorf("in force after the restart (-want +got):\n%s", diff)
			}
		})
	}
}

// A reader goes by the same rules, with the last good content that another has kept,
// and changes nothing.
func TestReader(t *testing.T) {
	client := fake.NewClientset(configMap("m", 0, rules("x", "90%")))
	_, stop := start(t, client)
	written(t, client, map[string]v1alpha1.RuleSetState{"m/a": v1alpha1.InForce})
	stop()
	apply(t, client, configMap("m", 0, refused("x")))
	client.ClearActions()

	reader := NewReader(client, namespace, clocktesting.NewFakeClock(time.Unix(0, 0)))
	if err := reader.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"x": "90%"}, inForce(reader)); diff != "" {
		t.Errorf("in force (-want +got):\n%s", diff)
	}
	apply(t, client, configMap("n", 10, rules("x", "70%")))
	await(t, reader, map[string]string{"x": "70%"})
	for _, action := range client.Actions() {
		if named, ok := action.(interface{ GetObject() runtime.Object }); ok && named.GetObject().(*corev1.ConfigMap).Name == v1alpha1.StatusConfigMap {
			t.Errorf("it has written the status: %v", action)
		}
	}
}

// A status that cannot be written is written later, and keeps no rule from being
// in force.
func TestStatusIsTriedAgain(t *testing.T) {
	client, clock := fake.NewClientset(configMap("m", 0, rules("x", "90%"))), clocktesting.NewFakeClock(time.Unix(0, 0))
	client.PrependReactor("create", "configmaps", func(clienttesting.Action) (bool, runtime.Object, error) {
		if clock.Since(time.Unix(0, 0)) == 0 {
			return true, nil, errors.New("no room")
		}
		return false, nil, nil
	})
	store := NewStore(client, namespace, events.NewFakeRecorder(100), clock)
	if err := store.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"x": "90%"}, inForce(store)); diff != "" {
		t.Errorf("in force (-want +got):\n%s", diff)
	}
	err := wait.PollUntilContextTimeout(t.Context(), time.Millisecond, 30*time.Second, true, func(context.Context) (bool, error) {
		return clock.HasWaiters(), nil
	})
	if err != nil {
		t.Fatalf("waiting for the first attempt: %v", err)
	}
	clock.Step(retryAfter)
	written(t, client, map[string]v1alpha1.RuleSetState{"m/a": v1alpha1.InForce})
}
