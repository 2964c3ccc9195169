// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package mark

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	soft = corev1.TaintEffectPreferNoSchedule
	hard = corev1.TaintEffectNoSchedule
)

// turn is what a marker with these paces does to the node.
func (s *simulated) turn(t testing.TB, wanted wishes, known paces, now time.Time) change {
	t.Helper()
	b := readBooks(s.Node)
	known.observe(wanted, b.ours(), now)
	c := plan(b, wanted, known, now)
	s.carryOut(t, c)
	known.note(c.put, c.taken, now)
	return c
}

func labelled(key, value string) wishes {
	return wishes{mark{label, key}: {content: content{value: value}}}
}

func tainted(key, value string, effect corev1.TaintEffect) wishes {
	return wishes{mark{taint, key}: {content: content{value, effect}}}
}

// Each case is what happens at a time after the start, and what is then on the
// node after the marker's turn.
func TestMarksOverTime(t *testing.T) {
	type event struct {
		after  time.Duration
		person func(*simulated)
		crash  bool
		wanted wishes
		want   []string
	}
	kept := func(w wishes) wishes {
		for at, one := range w {
			one.kept = true
			w[at] = one
		}
		return w
	}
	x, y := labelled("k", "x"), labelled("k", "y")
	closed := tainted("k", "", hard)
	const s = time.Second
	cases := map[string][]event{
		"put at once, off after a minute": {
			{wanted: x, want: []string{"label k=x"}},
			{after: 15 * s, want: []string{"label k=x"}},
			{after: 60 * s, want: []string{"label k=x"}},
			{after: 74 * s, want: []string{"label k=x"}},
			{after: 75 * s},
		},
		"a taint, too": {
			{wanted: closed, want: []string{"taint k:NoSchedule"}},
			{after: 15 * s, want: []string{"taint k:NoSchedule"}},
			{after: 75 * s},
		},
		"a recovery that does not last": {
			{wanted: closed, want: []string{"taint k:NoSchedule"}},
			{after: 100 * s, want: []string{"taint k:NoSchedule"}},
			{after: 150 * s, wanted: closed, want: []string{"taint k:NoSchedule"}},
			{after: 165 * s, want: []string{"taint k:NoSchedule"}},
			{after: 224 * s, want: []string{"taint k:NoSchedule"}},
			{after: 225 * s},
			{after: 226 * s, wanted: closed, want: []string{"taint k:NoSchedule"}},
		},
		"put by an earlier leader": {
			{wanted: merge(x, closed), want: []string{"label k=x", "taint k:NoSchedule"}},
			{after: 1 * s, crash: true, want: []string{"label k=x", "taint k:NoSchedule"}},
			{after: 60 * s, want: []string{"label k=x", "taint k:NoSchedule"}},
			{after: 61 * s},
		},
		"kept by a rule that is not in force again, and not put by it": {
			{wanted: kept(labelled("k", "x"))},
			{after: 1 * s, wanted: x, want: []string{"label k=x"}},
			{after: 2 * s, crash: true, wanted: kept(labelled("k", "x")), want: []string{"label k=x"}},
			{after: 300 * s, wanted: kept(labelled("k", "x")), want: []string{"label k=x"}},
			{after: 301 * s, wanted: kept(labelled("k", "y")), want: []string{"label k=x"}},
			{after: 361 * s, wanted: kept(labelled("k", "y"))},
		},
		"another value is put at most once a minute": {
			{wanted: x, want: []string{"label k=x"}},
			{after: 15 * s, wanted: y, want: []string{"label k=x"}},
			{after: 30 * s, wanted: x, want: []string{"label k=x"}},
			{after: 60 * s, wanted: y, want: []string{"label k=y"}},
			{after: 75 * s, wanted: x, want: []string{"label k=y"}},
			{after: 120 * s, wanted: x, want: []string{"label k=x"}},
		},
		"another effect": {
			{wanted: closed, want: []string{"taint k:NoSchedule"}},
			{after: 60 * s, wanted: tainted("k", "v", soft), want: []string{"taint k=v:PreferNoSchedule"}},
		},
		"somebody takes off what is wanted": {
			{wanted: merge(x, closed), want: []string{"label k=x", "taint k:NoSchedule"}},
			{after: 15 * s, wanted: merge(x, closed), person: func(s *simulated) { s.personUnlabels("k"); s.personUntaints("k", hard) }},
			{after: 59 * s, wanted: merge(x, closed)},
			{after: 60 * s, wanted: merge(x, closed), want: []string{"label k=x", "taint k:NoSchedule"}},
		},
		"somebody was there before": {
			{person: func(s *simulated) { s.personLabels("k", "theirs"); s.personTaints("k", "theirs", soft) }, wanted: merge(x, closed),
				want: []string{"label k=theirs", "taint k=theirs:PreferNoSchedule"}},
			{after: 100 * s, want: []string{"label k=theirs", "taint k=theirs:PreferNoSchedule"}},
			{after: 200 * s, want: []string{"label k=theirs", "taint k=theirs:PreferNoSchedule"}},
		},
		"somebody has put the same before": {
			{person: func(s *simulated) { s.personLabels("k", "x"); s.personTaints("k", "", hard) }, wanted: merge(x, closed),
				want: []string{"label k=x", "taint k:NoSchedule"}},
			{after: 100 * s, want: []string{"label k=x", "taint k:NoSchedule"}},
			{after: 200 * s, want: []string{"label k=x", "taint k:NoSchedule"}},
		},
		"somebody writes over ours": {
			{wanted: merge(x, closed), want: []string{"label k=x", "taint k:NoSchedule"}},
			{after: 15 * s, person: func(s *simulated) { s.personLabels("k", "theirs"); s.personTaints("k", "theirs", hard) }, wanted: merge(x, closed),
				want: []string{"label k=theirs", "taint k=theirs:NoSchedule"}},
			{after: 100 * s, wanted: merge(x, closed), want: []string{"label k=theirs", "taint k=theirs:NoSchedule"}},
			{after: 200 * s, want: []string{"label k=theirs", "taint k=theirs:NoSchedule"}},
			{after: 300 * s, want: []string{"label k=theirs", "taint k=theirs:NoSchedule"}},
		},
		"somebody takes off ours and puts the same": {
			{wanted: closed, want: []string{"taint k:NoSchedule"}},
			{after: 15 * s, person: func(s *simulated) { s.personUntaints("k", hard); s.personTaints("k", "", hard) }, wanted: closed,
				want: []string{"taint k:NoSchedule"}},
			{after: 100 * s, want: []string{"taint k:NoSchedule"}},
			{after: 200 * s, want: []string{"taint k:NoSchedule"}},
		},
		"somebody adds another effect of the key": {
			{wanted: closed, want: []string{"taint k:NoSchedule"}},
			{after: 15 * s, person: func(s *simulated) { s.personTaints("k", "", soft) }, wanted: closed, want: []string{"taint k:NoSchedule", "taint k:PreferNoSchedule"}},
			{after: 100 * s, want: []string{"taint k:NoSchedule", "taint k:PreferNoSchedule"}},
			{after: 160 * s, want: []string{"taint k:PreferNoSchedule"}},
		},
		"somebody owns our label as well": {
			{wanted: x, want: []string{"label k=x"}},
			{after: 15 * s, person: func(s *simulated) { s.setOwner("flux", metav1.ManagedFieldsOperationApply, []string{"k"}) }, wanted: y, want: []string{"label k=x"}},
			{after: 100 * s, want: []string{"label k=x"}},
			{after: 200 * s, want: []string{"label k=x"}},
		},
		"others, taken off in front and behind": {
			{person: func(s *simulated) { s.personTaints("a", "", hard) }, wanted: closed, want: []string{"taint a:NoSchedule", "taint k:NoSchedule"}},
			{after: 15 * s, person: func(s *simulated) { s.personTaints("z", "", soft); s.personUntaints("a", hard) }, want: []string{"taint k:NoSchedule", "taint z:PreferNoSchedule"}},
			{after: 75 * s, want: []string{"taint z:PreferNoSchedule"}},
		},
		"an annotation that nobody can read": {
			{person: func(s *simulated) {
				s.Annotations = map[string]string{TaintsAnnotation: "?", "a": "b"}
				s.personTaints("k", "", soft)
			}, want: []string{"taint k:PreferNoSchedule"}},
		},
	}
	for name, events := range cases {
		t.Run(name, func(t *testing.T) {
			node, known := newSimulated(), paces{}
			for _, e := range events {
				if e.person != nil {
					e.person(node)
				}
				if e.crash {
					known = paces{}
				}
				now := start.Add(e.after)
				node.turn(t, e.wanted, known, now)
				if diff := cmp.Diff(e.want, node.texts()); diff != "" {
					t.Errorf("marks after %s (-want +got):\n%s", e.after, diff)
				}
				node.checkForeign(t)
				if again := plan(readBooks(node.Node), e.wanted, known, now); !again.isEmpty() {
					t.Errorf("after %s there is still something to do: %+v", e.after, again)
				}
			}
			if text, there := node.Annotations[TaintsAnnotation]; there != (len(readBooks(node.Node).taints) > 0) {
				t.Errorf("the annotation lists %q", text)
			}
		})
	}
}

func merge(all ...wishes) wishes {
	merged := wishes{}
	for _, one := range all {
		maps.Copy(merged, one)
	}
	return merged
}

// Where a webhook puts back what is taken off, that is tried once a minute.
func TestStillThereIsNotTakenOffAtOnce(t *testing.T) {
	node, known := newSimulated(), paces{}
	node.turn(t, labelled("k", "x"), known, start)
	b, now := readBooks(node.Node), start
	for _, want := range []int{0, 1, 0, 1} {
		known.observe(nil, b.ours(), now)
		c := plan(b, nil, known, now)
		if len(c.taken) != want {
			t.Errorf("after %s: taken off %v", now.Sub(start), c.taken)
		}
		known.note(c.put, c.taken, now)
		if again := plan(b, nil, known, now); !again.isEmpty() {
			t.Errorf("after %s: taken off again", now.Sub(start))
		}
		now = now.Add(settle / 2 * time.Duration(2-want))
	}
}

func TestRefusalIsTold(t *testing.T) {
	node := newSimulated()
	node.personLabels("k", "theirs")
	node.personTaints("same", "", hard)
	c := node.turn(t, merge(labelled("k", "x"), tainted("same", "", hard)), paces{}, start)
	want := []refusal{{mark{label, "k"}, wish{content: content{value: "x"}}, content{value: "theirs"}}}
	if diff := cmp.Diff(want, c.left, cmp.AllowUnexported(refusal{}, mark{}, wish{}, content{})); diff != "" {
		t.Errorf("refusals (-want +got):\n%s", diff)
	}
}

// Rules, people and crashes at random: nothing of anybody else is ever touched, a
// turn leaves nothing to be done, a mark is put at most once a minute, and taken off
// at most once, unless the process is another. In the end all is as it is wanted, or
// clean.
func TestRandomHistories(t *testing.T) {
	for seed := range uint64(500) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 5))
			node, known, now := newSimulated(), paces{}, start
			lastPut, lastTaken := map[mark]time.Time{}, map[mark]time.Time{}
			for range 40 {
				now = now.Add(time.Duration(r.IntN(30)) * time.Second)
				randomPerson(r, node)
				if r.IntN(10) == 0 {
					known, lastPut, lastTaken = paces{}, map[mark]time.Time{}, map[mark]time.Time{}
				}
				wanted := randomWishes(r)
				c := node.turn(t, wanted, known, now)
				checkPace(t, c.put, lastPut, now)
				checkPace(t, c.taken, lastTaken, now)
				node.checkForeign(t)
				if again := plan(readBooks(node.Node), wanted, known, now); !again.isEmpty() {
					t.Fatalf("there is still something to do: %+v", again)
				}
			}
			final := randomWishes(r)
			for range 3 {
				now = now.Add(settle)
				node.turn(t, final, known, now)
			}
			node.checkFinal(t, final)
			for range 3 {
				now = now.Add(settle)
				node.turn(t, nil, known, now)
			}
			node.checkFinal(t, nil)
			if len(known) > 0 {
				t.Errorf("still remembered: %v", known)
			}
			if _, there := node.Annotations[TaintsAnnotation]; there {
				t.Error("the annotation is still there")
			}
		})
		if t.Failed() {
			return
		}
	}
}

func checkPace(t *testing.T, steps []step, last map[mark]time.Time, now time.Time) {
	t.Helper()
	for _, s := range steps {
		if before, ever := last[s.mark]; ever && now.Sub(before) < settle {
			t.Errorf("%s again after %s", s.with(s.content), now.Sub(before))
		}
		last[s.mark] = now
	}
}

// checkFinal looks whether there is all that is wanted, unless somebody else has
// the key, and nothing else of ours.
func (s *simulated) checkFinal(t *testing.T, wanted wishes) {
	t.Helper()
	want := map[mark]content{}
	for at, w := range wanted {
		_, label := s.foreignLabels[at.key]
		taint := slices.ContainsFunc(s.foreignTaints, func(t corev1.Taint) bool { return t.Key == at.key })
		_, there := readBooks(s.Node).ours()[at]
		if at.kind == "label" && !label || at.kind == "taint" && (!taint || there) {
			want[at] = w.content
		}
	}
	if diff := cmp.Diff(want, readBooks(s.Node).ours(), cmp.AllowUnexported(mark{}, content{})); diff != "" {
		t.Errorf("marks (-want +got):\n%s", diff)
	}
}

func randomPerson(r *rand.Rand, s *simulated) {
	key, value, effect := pick(r, "a", "b", "c"), pick(r, "", "x", "y"), pick(r, soft, hard)
	switch r.IntN(12) {
	case 0:
		s.personLabels(key, value)
	case 1:
		s.personUnlabels(key)
	case 2:
		s.personTaints(key, value, effect)
	case 3:
		s.personUntaints(key, effect)
	}
}

func randomWishes(r *rand.Rand) wishes {
	wanted := wishes{}
	for _, key := range []string{"a", "b", "c"} {
		if r.IntN(2) == 0 {
			wanted[mark{label, key}] = wish{content: content{value: pick(r, "x", "y")}}
		}
		if r.IntN(2) == 0 {
			wanted[mark{taint, key}] = wish{content: content{pick(r, "", "x"), pick(r, soft, hard)}}
		}
	}
	return wanted
}

func pick[T any](r *rand.Rand, choices ...T) T { return choices[r.IntN(len(choices))] }
