// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package history_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/test/cluster/clustertest"
)

// world is a namespace of an API server, with two who take turns to lead.
type world struct {
	*testing.T
	configMaps history.ConfigMaps
	namespace  string
	patch      func(kind types.PatchType, patch string)
	remove     func()
	a, b       *history.Store
}

func (w *world) load(store *history.Store) history.State {
	w.Helper()
	state, err := store.Load(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	return state
}

func (w *world) save(store *history.Store, records ...int) {
	w.Helper()
	if err := store.Save(w.Context(), stateOf(records...)); err != nil {
		w.Fatal(err)
	}
}

func (w *world) conflict(store *history.Store, records ...int) {
	w.Helper()
	if err := store.Save(w.Context(), stateOf(records...)); !errors.Is(err, history.ErrConflict) {
		w.Errorf("saving %v: got %v, want %v", records, err, history.ErrConflict)
	}
}

func (w *world) object() *corev1.ConfigMap {
	w.Helper()
	object, err := w.configMaps.Get(w.Context(), history.ConfigMap, metav1.GetOptions{})
	if err != nil {
		w.Fatal(err)
	}
	return object
}

// is makes sure that whoever comes next finds these records.
func (w *world) is(records ...int) {
	w.Helper()
	found := w.load(history.NewStore(w.configMaps, w.namespace))
	if diff := cmp.Diff(stateOf(records...), found, cmpopts.EquateEmpty()); diff != "" {
		w.Errorf("stored (-want +got):\n%s", diff)
	}
}

func stateOf(records ...int) history.State {
	var state history.State
	for _, n := range records {
		state.Records = append(state.Records, full(n))
	}
	return state
}

const paused = `{"metadata": {"annotations": {"loadline.dev/paused": "release day"}, "labels": {"team": "web"}}, "data": {"note": "mine"}}`

func TestStore(t *testing.T) {
	client := clustertest.Start(t).Client()
	cases := map[string]func(w *world){
		"none is empty": func(w *world) { w.is() },
		"what was saved is there": func(w *world) {
			w.load(w.a)
			w.save(w.a, 1)
			w.save(w.a, 1, 2)
			w.is(1, 2)
			if text := w.object().Data[history.Key]; !strings.HasPrefix(text, "# What loadline-descheduler has evicted") {
				w.Errorf("it does not say what it is: %q", text)
			}
		},
		"a new leader goes on": func(w *world) {
			w.load(w.a)
			w.save(w.a, 1)
			w.load(w.b)
			w.save(w.b, 1, 2)
			w.is(1, 2)
		},
		"a former leader writes nothing": func(w *world) {
			w.load(w.a)
			w.save(w.a, 1)
			w.load(w.b)
			w.save(w.b, 1, 2)
			w.conflict(w.a, 1, 3)
			w.is(1, 2)
		},
		"nor after a conflict, until it has read": func(w *world) {
			w.load(w.a)
			w.load(w.b)
			w.save(w.b, 2)
			w.conflict(w.a, 1)
			if err := w.a.Save(w.Context(), stateOf(1)); err == nil {
				w.Error("it wrote what it had not read")
			}
			w.load(w.a)
			w.save(w.a, 2, 3)
			w.is(2, 3)
		},
		"one who has never read writes nothing": func(w *world) {
			if err := w.a.Save(w.Context(), stateOf(1)); err == nil {
				w.Error("it wrote what it had not read")
			}
			w.is()
		},
		"two at once, and none before": func(w *world) {
			w.load(w.a)
			w.load(w.b)
			w.save(w.a, 1)
			w.conflict(w.b, 2)
			w.is(1)
		},
		"the same again shows a conflict, too": func(w *world) {
			w.load(w.a)
			w.save(w.a, 1)
			w.load(w.b)
			w.save(w.b, 2)
			w.conflict(w.a, 1)
		},
		"somebody pauses meanwhile": func(w *world) {
			w.load(w.a)
			w.save(w.a, 1)
			w.patch(types.MergePatchType, paused)
			w.save(w.a, 1, 2)
			w.is(1, 2)
			object := w.object()
			if why := history.PausedBy(object); !strings.Contains(why.Message, "release day") || object.Labels["team"] != "web" || object.Data["note"] != "mine" {
				w.Errorf("what others have written is lost: %v", object)
			}
			w.patch(types.MergePatchType, `{"metadata": {"annotations": {"loadline.dev/paused": null}}}`)
			w.save(w.a, 3)
			if why := history.PausedBy(w.object()); !why.IsZero() {
				w.Errorf("paused again: %s", why)
			}
		},
		"somebody pauses before there is any": func(w *world) {
			w.load(w.a)
			object := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: history.ConfigMap, Annotations: map[string]string{history.PausedAnnotation: ""}}}
			if _, err := w.configMaps.Create(w.Context(), object, metav1.CreateOptions{}); err != nil {
				w.Fatal(err)
			}
			w.load(w.b)
			w.save(w.a, 1)
			w.is(1)
			w.conflict(w.b, 2)
			if history.PausedBy(w.object()).IsZero() {
				w.Error("the pause is lost")
			}
		},
		"somebody deletes it": func(w *world) {
			w.load(w.a)
			w.save(w.a, 1)
			w.remove()
			w.conflict(w.a, 1, 2)
			if state := w.load(w.a); len(state.Records) > 0 {
				w.Errorf("got %v, want none", state)
			}
			w.save(w.a, 3)
			w.is(3)
		},
		"somebody edits the records": func(w *world) {
			w.load(w.a)
			w.save(w.a, 1)
			w.patch(types.MergePatchType, `{"data": {"evictions.yaml": "records: []"}}`)
			w.conflict(w.a, 1, 2)
			w.is()
		},
		"what cannot be read stays": func(w *world) {
			w.load(w.a)
			w.save(w.a, 1)
			const garbled = "records: [{pod: {uid: x}, planed: yesterday}]"
			w.patch(types.MergePatchType, `{"data": {"evictions.yaml": "`+garbled+`"}}`)
			_, err := w.b.Load(w.Context())
			if err == nil {
				w.Fatal("it was read")
			}
			for _, want := range []string{"ConfigMap " + w.namespace + "/loadline-evictions", "evictions.yaml", "nothing is evicted", "planed"} {
				if !strings.Contains(err.Error(), want) {
					w.Errorf("got %v, want %q in it", err, want)
				}
			}
			w.conflict(w.a, 1, 2)
			if err := w.b.Save(w.Context(), stateOf(2)); err == nil {
				w.Error("it was written over")
			}
			if got := w.object().Data[history.Key]; got != garbled {
				w.Errorf("got %q, want it as it was", got)
			}
		},
		"more than there is room for": func(w *world) {
			w.load(w.a)
			var state history.State
			for n := range 700 {
				r := full(n)
				r.Before.Why = strings.Repeat("because ", 300)
				if n < 5 {
					r.Effect = history.EffectPending
				}
				state.Records = append(state.Records, r)
			}
			if err := w.a.Save(w.Context(), state); err != nil {
				w.Fatal(err)
			}
			if size := len(w.object().Data[history.Key]); size > 900_000 {
				w.Errorf("%d bytes were written", size)
			}
			stored := w.load(w.b).Records
			if len(stored) < 400 || len(stored) > 500 {
				w.Fatalf("%d records were stored", len(stored))
			}
			for n := range 5 {
				if stored[n].Pod.UID != full(n).Pod.UID {
					w.Errorf("record %d was under way, and is forgotten", n)
				}
			}
			if last := stored[len(stored)-1].Pod.UID; last != full(699).Pod.UID {
				w.Errorf("the last one is %s", last)
			}
		},
		"all of it under way, and no room": func(w *world) {
			w.load(w.a)
			var state history.State
			for n := range 1500 {
				r := full(n)
				r.Effect = history.EffectPending
				state.Records = append(state.Records, r)
			}
			if err := w.a.Save(w.Context(), state); err == nil || !strings.Contains(err.Error(), "1500") {
				w.Errorf("got %v, want an error that says how many", err)
			}
			w.is()
		},
		"the context has ended": func(w *world) {
			w.load(w.a)
			ctx, cancel := context.WithCancel(w.Context())
			cancel()
			if err := w.a.Save(ctx, stateOf(1)); !errors.Is(err, context.Canceled) {
				w.Errorf("got %v, want %v", err, context.Canceled)
			}
			if _, err := w.a.Load(ctx); !errors.Is(err, context.Canceled) {
				w.Errorf("got %v, want %v", err, context.Canceled)
			}
		},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "history-"}}
			namespace, err := client.CoreV1().Namespaces().Create(t.Context(), namespace, metav1.CreateOptions{})
			if err != nil {
				t.Fatal(err)
			}
			configMaps := client.CoreV1().ConfigMaps(namespace.Name)
			test(&world{
				T: t, configMaps: configMaps, namespace: namespace.Name,
				a: history.NewStore(configMaps, namespace.Name), b: history.NewStore(configMaps, namespace.Name),
				patch: func(kind types.PatchType, patch string) {
					if _, err := configMaps.Patch(t.Context(), history.ConfigMap, kind, []byte(patch), metav1.PatchOptions{}); err != nil {
						t.Fatal(err)
					}
				},
				remove: func() {
					if err := configMaps.Delete(t.Context(), history.ConfigMap, metav1.DeleteOptions{}); err != nil {
						t.Fatal(err)
					}
				},
			})
		})
	}
}

func TestPausedBy(t *testing.T) {
	cases := map[string]struct {
		annotations map[string]string
		want        string
	}{
		"not annotated": {},
		"a reason":      {map[string]string{history.PausedAnnotation: "release day"}, "paused by the annotation loadline.dev/paused of ConfigMap loadline-system/loadline-evictions: release day"},
		"no reason":     {map[string]string{history.PausedAnnotation: " "}, "no reason was given"},
		"true":          {map[string]string{history.PausedAnnotation: "true"}, "no reason was given"},
		"false":         {map[string]string{history.PausedAnnotation: "False"}, ""},
		"another":       {map[string]string{"loadline.dev/pause": "x"}, ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			why := history.PausedBy(&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{
				Namespace: "loadline-system", Name: history.ConfigMap, Annotations: tc.annotations,
			}})
			if why.IsZero() != (tc.want == "") || !strings.Contains(why.Message, tc.want) {
				t.Errorf("got %v, want %q in it", why, tc.want)
			}
		})
	}
	if why := history.PausedBy(nil); !why.IsZero() {
		t.Errorf("no ConfigMap: got %v", why)
	}
}

func TestInFlight(t *testing.T) {
	r := full(0) // deleted after 31.5 s, visible 135 s later
	visible := start.Add(166500 * time.Millisecond)
	there, failed := r, r
	there.Deleted = time.Time{}
	failed.Deleted, failed.Failed = time.Time{}, "no"
	cases := map[string]struct {
		record history.Record
		now    time.Time
		want   bool
	}{
		"still there":      {there, start.Add(24 * time.Hour), true},
		"just gone":        {r, visible.Add(-1), true},
		"visible":          {r, visible, false},
		"was never to go":  {failed, start, false},
		"right at the end": {r, r.Deleted, true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := tc.record.InFlight(tc.now); got != tc.want {
				t.Errorf("got %t, want %t", got, tc.want)
			}
		})
	}
}
