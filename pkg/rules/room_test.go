// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
	"k8s.io/client-go/tools/events"
	"k8s.io/klog/v2"
	"k8s.io/klog/v2/ktesting"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/yaml"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
)

// large is a valid rule set of at least so many bytes.
func large(name string, size int) string {
	var text strings.Builder
	text.WriteString(rules(name, "90%") + "  preferences:\n")
	for text.Len() < size {
		text.WriteString("  - {metric: memory, prefer: Lower}\n")
	}
	return text.String()
}

// unread is a rule set in which so many fields are unknown.
func unread(name string, fields int) string {
	var text strings.Builder
	text.WriteString(refused(name))
	for i := range fields {
		fmt.Fprintf(&text, "  unknown-field-%06d: 1\n", i)
	}
	return text.String()
}

// The status fits into a ConfigMap, whatever there is to tell.
func TestStatusFits(t *testing.T) {
	cases := map[string]struct {
		configMaps func() []*corev1.ConfigMap
		// states is how many there are to tell of.
		states int
		// kept and leftOut are contents, by name.
		kept, leftOut []string
	}{
		"a thousand bad ones": {
			configMaps: func() []*corev1.ConfigMap {
				made := []*corev1.ConfigMap{configMap("zz-good", 0, rules("good", "90%"))}
				for i := range 1000 {
					made = append(made, configMap(fmt.Sprintf("bad-%04d", i), 0, unread(fmt.Sprintf("bad-%d", i), 12)))
				}
				return made
			},
			states: 1001, kept: []string{"good"},
		},
		"contents that are too large together": {
			configMaps: func() []*corev1.ConfigMap {
				return []*corev1.ConfigMap{
					configMap("a", 0, large("a", 400<<10)), configMap("b", 0, large("b", 500<<10)), configMap("c", 0, rules("c", "90%")),
				}
			},
			states: 3, kept: []string{"a", "c"}, leftOut: []string{"b"},
		},
		"a name that is too long for a key": {
			configMaps: func() []*corev1.ConfigMap {
				return []*corev1.ConfigMap{configMap("a", 0, rules(longName, "90%")), configMap("c", 0, rules("c", "90%"))}
			},
			states: 2, kept: []string{"c"}, leftOut: []string{longName},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			logger := logr.Discard()
			store := NewReader(fake.NewClientset(), namespace, clocktesting.NewFakeClock(time.Unix(0, 0)))
			store.update(logger, tc.configMaps())
			data, err := store.status(logger)
			if err != nil {
				t.Fatal(err)
			}
			checkFits(t, data)
			var kept []string
			for key := range data {
				if name, ok := strings.CutPrefix(key, v1alpha1.LastGoodPrefix); ok {
					kept = append(kept, name)
				}
			}
			if diff := cmp.Diff(tc.kept, slices.Sorted(slices.Values(kept))); diff != "" {
				t.Errorf("contents kept (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.leftOut, store.leftOut); diff != "" {
				t.Errorf("contents left out (-want +got):\n%s", diff)
			}
			status := decoded(t, data)
			if len(status.RuleSets) != tc.states || status.Omitted != 0 {
				t.Errorf("%d states are told and %d omitted, want %d and none", len(status.RuleSets), status.Omitted, tc.states)
			}
			checkGoodIsTold(t, store, status)
		})
	}
}

// States for which there is no room are counted, and those that are in force are told
// before others.
func TestStatesThatDoNotFitAreCounted(t *testing.T) {
	const count, room = 10_000, 256 << 10
	states := make([]v1alpha1.RuleSetStatus, 0, count)
	for i := range count {
		state := v1alpha1.RuleSetStatus{
			ConfigMap: fmt.Sprintf("bad-%04d", i), Key: "rules.yaml", ContentHash: v1alpha1.ContentHash(fmt.Sprint(i)),
			State: v1alpha1.Refused, Error: strings.Repeat("wrong ", 500),
		}
		if i%1000 == 999 {
			state.State, state.Error = v1alpha1.InForce, ""
		}
		states = append(states, state)
	}
	text, err := statesText(states, room)
	if err != nil {
		t.Fatal(err)
	}
	if len(text) > room || len(text) < room*9/10 {
		t.Errorf("%d bytes, want %d at most, and most of them", len(text), room)
	}
	status := decoded(t, map[string]string{v1alpha1.StatusKey: text})
	inForce := 0
	for _, set := range status.RuleSets {
		if set.State == v1alpha1.InForce {
			inForce++
		}
	}
	if inForce != 10 || len(status.RuleSets)+status.Omitted != count {
		t.Errorf("%d of 10 in force are told, of %d states; %d are omitted", inForce, len(status.RuleSets), status.Omitted)
	}
}

var longName = strings.Repeat("n", 253)

// checkFits applies the API server's limits.
func checkFits(t *testing.T, data map[string]string) {
	t.Helper()
	size := 0
	for key, text := range data {
		size += len(text)
		if len(key) > 253 {
			t.Errorf("a key of %d characters: %s", len(key), key)
		}
	}
	if size > 1<<20 {
		t.Errorf("%d bytes, more than the API server takes", size)
	}
}

func decoded(t *testing.T, data map[string]string) v1alpha1.RulesStatus {
	t.Helper()
	var status v1alpha1.RulesStatus
	if err := yaml.UnmarshalStrict([]byte(data[v1alpha1.StatusKey]), &status); err != nil {
		t.Fatal(err)
	}
	return status
}

// checkGoodIsTold fails if a rule set in force is not told of, or a refusal has no
// reason.
func checkGoodIsTold(t *testing.T, store *Store, status v1alpha1.RulesStatus) {
	t.Helper()
	told := map[string]bool{}
	for _, set := range status.RuleSets {
		told[set.Name] = set.State == v1alpha1.InForce
		if set.State == v1alpha1.Refused && set.Error == "" {
			t.Errorf("%s is refused for no reason", set.Name)
		}
	}
	for _, rules := range store.Active() {
		if !told[rules.Name] {
			t.Errorf("nothing tells that %s is in force", rules.Name)
		}
	}
}

// What is refused now is to be had nowhere else after a restart, so that it is kept
// before all others.
func TestNeededContentIsKeptFirst(t *testing.T) {
	logger := logr.Discard()
	store := NewReader(fake.NewClientset(), namespace, clocktesting.NewFakeClock(time.Unix(0, 0)))
	small := configMap("a", 0, large("a", 400<<10))
	store.update(logger, []*corev1.ConfigMap{small, configMap("b", 0, large("b", 500<<10))})
	store.update(logger, []*corev1.ConfigMap{small, configMap("b", 0, refused("b"))})
	data, err := store.status(logger)
	if err != nil {
		t.Fatal(err)
	}
	checkFits(t, data)
	if data[v1alpha1.LastGoodPrefix+"b"] == "" || data[v1alpha1.LastGoodPrefix+"a"] != "" {
		t.Error("want the content of b kept, which is refused now, and not that of a")
	}
}

// A thousand bad ConfigMaps are no thousand events, and a few are one each.
func TestEventsAreBounded(t *testing.T) {
	recorder := events.NewFakeRecorder(2000)
	store := NewStore(nil, namespace, recorder, clocktesting.NewFakeClock(time.Unix(0, 0)))
	var configMaps []*corev1.ConfigMap
	update := func(until int) int {
		for i := len(configMaps); i < until; i++ {
			configMaps = append(configMaps, configMap(fmt.Sprintf("m-%d", i), 0, "x"))
		}
		store.update(logr.Discard(), configMaps)
		return len(drain(recorder))
	}
	if got := update(20); got != 20 {
		t.Errorf("%d events for 20 bad ConfigMaps, want one each", got)
	}
	if got := update(1000); got > 100 {
		t.Errorf("%d events for almost a thousand more", got)
	}
}

// A status that cannot be written for long is logged once, and so is that it can be
// again.
func TestStatusThatFailsIsLoggedOnce(t *testing.T) {
	client, clock := fake.NewClientset(configMap("m", 0, rules("x", "90%"))), clocktesting.NewFakeClock(time.Unix(0, 0))
	var attempts, room atomic.Int32
	client.PrependReactor("create", "configmaps", func(clienttesting.Action) (bool, runtime.Object, error) {
		attempts.Add(1)
		if room.Load() == 0 {
			return true, nil, errors.New("no room")
		}
		return false, nil, nil
	})
	logger := ktesting.NewLogger(t, ktesting.NewConfig(ktesting.BufferLogs(true)))
	ctx := klog.NewContext(t.Context(), logger)
	store := NewStore(client, namespace, events.NewFakeRecorder(100), clock)
	if err := store.Start(ctx); err != nil {
		t.Fatal(err)
	}
	steps := func(what string, done func() bool) {
		t.Helper()
		err := wait.PollUntilContextTimeout(ctx, time.Millisecond, 30*time.Second, true, func(context.Context) (bool, error) {
			if clock.HasWaiters() {
				clock.Step(retryAfter)
			}
			return done(), nil
		})
		if err != nil {
			t.Fatalf("waiting for %s: %v", what, err)
		}
	}
	log := func() string { return logger.GetSink().(ktesting.Underlier).GetBuffer().String() }
	steps("five attempts", func() bool { return attempts.Load() >= 5 })
	room.Store(1)
	steps("the status", func() bool {
		_, err := client.CoreV1().ConfigMaps(namespace).Get(ctx, v1alpha1.StatusConfigMap, metav1.GetOptions{})
		return err == nil && strings.Contains(log(), "is written again")
	})
	if got := strings.Count(log(), "Unable to write the status"); got != 1 {
		t.Errorf("the log says %d times that it fails, want once:\n%s", got, log())
	}
}
