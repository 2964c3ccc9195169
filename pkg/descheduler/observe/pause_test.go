// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package observe_test

import (
	"context"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/tools/cache"

	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/descheduler/observe"
)

func TestPause(t *testing.T) {
	client := fake.NewClientset()
	pause := observe.NewPause(client, "loadline-system")
	if why := pause.Paused(); why.Code != history.Paused {
		t.Errorf("before it is known: got %v, want it paused", why)
	}
	pause.Start(t.Context())
	if !cache.WaitForCacheSync(t.Context().Done(), pause.HasSynced) {
		t.Fatal("the informer does not sync")
	}
	if why := pause.Paused(); !why.IsZero() || pause.ConfigMap() != nil {
		t.Errorf("without a ConfigMap: got %v, want it not paused", why)
	}
	configMap := &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Namespace: "loadline-system", Name: history.ConfigMap, UID: "u", Annotations: map[string]string{history.PausedAnnotation: "release day"}},
		Data:       map[string]string{"key": "long"},
	}
	if _, err := client.CoreV1().ConfigMaps("loadline-system").Create(t.Context(), configMap, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	err := wait.PollUntilContextTimeout(t.Context(), time.Millisecond, 30*time.Second, true,
		func(context.Context) (bool, error) { return pause.Paused().Code == history.Paused, nil })
	if err != nil {
		t.Fatalf("got %v, want it paused: %v", pause.Paused(), err)
	}
	if kept := pause.ConfigMap(); kept.UID != "u" || len(kept.Data) > 0 {
		t.Errorf("got %v, want it without data", kept)
	}
}
