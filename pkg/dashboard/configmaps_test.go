// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package dashboard_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clienttesting "k8s.io/client-go/testing"

	"github.com/loadline-dev/loadline/pkg/dashboard"
)

// later lets so much time go by that what was read is old.
func (f *fixture) later() { f.clock.SetTime(f.clock.Now().Add(3 * time.Second)) }

// fail has the API server refuse to list.
func (f *fixture) fail(err error) {
	f.client.PrependReactor("list", "configmaps", func(clienttesting.Action) (bool, runtime.Object, error) { return true, nil, err })
}

// recover undoes fail.
func (f *fixture) recover() { f.client.ReactionChain = f.client.ReactionChain[1:] }

// lists counts the questions to the API server so far.
func (f *fixture) lists() int {
	count := 0
	for _, action := range f.client.Actions() {
		if action.GetVerb() == "list" {
			count++
		}
	}
	return count
}

func (f *fixture) write(annotations map[string]string, version, text string) {
	f.Helper()
	configMaps := f.client.CoreV1().ConfigMaps(namespace)
	object := &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: "loadline-evictions", Namespace: namespace, Annotations: annotations, ResourceVersion: version},
		Data:       map[string]string{"evictions.yaml": text},
	}
	_ = configMaps.Delete(f.Context(), object.Name, metav1.DeleteOptions{})
	if _, err := configMaps.Create(f.Context(), object, metav1.CreateOptions{}); err != nil {
		f.Fatal(err)
	}
	f.later()
}

func TestEvictions(t *testing.T) {
	f := newFixture(t)
	f.check(dashboard.EvictionsPath, http.StatusOK, `{"known": false, "records": []}`+"\n")
	f.write(nil, "1", "")
	f.check(dashboard.EvictionsPath, http.StatusOK, `{"known": true, "records": []}`+"\n")
	const records = `
records:
- {pod: {namespace: shop, name: web, uid: u1}, node: a, planned: "2026-11-22T08:00:00Z", effect: Lowered, fromALaterVersion: 1}
- {pod: {namespace: shop, name: api, uid: u2}, node: a, planned: "2026-11-22T09:00:00Z", window: 2m15s, effect: Pending}
`
	f.write(map[string]string{"loadline.dev/paused": "release day"}, "2", records+
		`breaker: {opened: "2026-11-22T09:00:00Z", until: "2026-11-22T09:10:00Z", why: {code: Ineffective, message: three evictions}}`)
	_, answer := f.ask(dashboard.EvictionsPath)
	for _, part := range []string{
		`{"known":true,"records":[{"pod":{"namespace":"shop","name":"web","uid":"u1"},`, `"planned":"2026-11-22T08:00:00Z"`, `"window":"2m15s"`, `"effect":"Pending"}],`,
		`"breaker":{"opened":"2026-11-22T09:00:00Z","until":"2026-11-22T09:10:00Z","why":{"code":"Ineffective","message":"three evictions"}}`,
		`"paused":{"code":"Paused","message":"evictions are paused by the annotation loadline.dev/paused of ConfigMap loadline-system/loadline-evictions: release day"}}`,
	} {
		if !strings.Contains(answer, part) {
			t.Errorf("%q is missing in %s", part, answer)
		}
	}

	f.clock.SetTime(time.Date(2026, 11, 22, 9, 10, 0, 0, time.UTC))
	if _, answer := f.ask(dashboard.EvictionsPath); strings.Contains(answer, "breaker") {
		t.Errorf("got %s, want no breaker that has closed", answer)
	}
	f.write(nil, "3", "records: {no: list}")
	if _, answer := f.ask(dashboard.EvictionsPath); !strings.Contains(answer, `"uid":"u2"`) || !strings.Contains(answer, `"error":"reading ConfigMap loadline-system/loadline-evictions, key evictions.yaml: `) {
		t.Errorf("got %s, want the evictions before, and why there are no others", answer)
	}
	if err := f.client.CoreV1().ConfigMaps(namespace).Delete(t.Context(), "loadline-evictions", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	f.later()
	f.check(dashboard.EvictionsPath, http.StatusOK, `{"known": false, "records": []}`+"\n")
}

func TestStanding(t *testing.T) {
	f := newFixture(t)
	_, answer := f.ask(dashboard.StandingPath)
	for _, part := range []string{
		`{"ruleSets":[{"name":"below-the-line","mode":"Enforce","state":"Unread","configMap":"rules","key":"rules.yaml",`, `"rules":{"name":"below-the-line"`,
		`"warnings":["no scheduler has written ConfigMap loadline-status in namespace`,
	} {
		if !strings.Contains(answer, part) {
			t.Errorf("%q is missing in %s", part, answer)
		}
	}
}

// An API server that fails is told of, and what it said before still is.
func TestAPIServerFails(t *testing.T) {
	for path, reading := range map[string]string{
		dashboard.StandingPath:  `listing rule ConfigMaps in namespace "loadline-system": it is down`,
		dashboard.EvictionsPath: `reading ConfigMap loadline-system/loadline-evictions, where evictions are written down: it is down`,
	} {
		t.Run(path, func(t *testing.T) {
			f := newFixture(t)
			f.fail(errors.New("it is down"))
			f.check(path, http.StatusServiceUnavailable, reading+"\n")
			f.recover()
			f.later()
			_, before := f.ask(path)
			f.fail(errors.New("it is down"))
			f.later()
			status, answer := f.ask(path)
			var got struct{ Error string }
			if err := json.Unmarshal([]byte(answer), &got); err != nil {
				t.Fatal(err)
			}
			if status != http.StatusOK || got.Error != reading || !strings.HasPrefix(answer, strings.TrimRight(before, "}\n")) {
				t.Errorf("got %d: %s, want %s and why it is not the latest", status, answer, before)
			}
		})
	}
}

// However many look, the API server is asked once in three seconds, and again soon
// where whoever has asked went away.
func TestManyLook(t *testing.T) {
	f := newFixture(t)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	f.client.PrependReactor("list", "configmaps", func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, nil, context.Canceled
	})
	f.askIn(gone, dashboard.EvictionsPath)
	f.recover()
	before := f.lists()
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			if status, answer := f.ask(dashboard.EvictionsPath); status != http.StatusOK || strings.Contains(answer, "error") {
				t.Errorf("got %d: %s", status, answer)
			}
		})
	}
	group.Wait()
	if got := f.lists() - before; got != 1 {
		t.Errorf("asked %d times, want once", got)
	}
}
