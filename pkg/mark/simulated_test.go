// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package mark

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// simulated is a node as the API server keeps it, with what of it was put by
// somebody else.
type simulated struct {
	*corev1.Node
	foreignLabels map[string]string
	foreignTaints []corev1.Taint
}

func newSimulated() *simulated {
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "n", UID: "u", ResourceVersion: "1"}}
	return &simulated{Node: node, foreignLabels: map[string]string{}}
}

// carryOut does what the API server would.
func (s *simulated) carryOut(t testing.TB, c change) {
	t.Helper()
	if c.labels != nil {
		for key := range readBooks(s.Node).labels {
			delete(s.Labels, key)
		}
		for key, value := range c.labels {
			if old, there := s.Labels[key]; there && old != value {
				t.Fatalf("label %s=%s is taken from somebody else: it was %s", key, value, old)
			}
			metav1.SetMetaDataLabel(&s.ObjectMeta, key, value)
		}
		s.setOwner(FieldManager, metav1.ManagedFieldsOperationApply, slices.Collect(maps.Keys(c.labels)))
	}
	for _, o := range c.taints {
		s.operate(t, o)
	}
}

func (s *simulated) setOwner(manager string, operation metav1.ManagedFieldsOperationType, keys []string) {
	s.ManagedFields = slices.DeleteFunc(s.ManagedFields, func(e metav1.ManagedFieldsEntry) bool {
		return e.Manager == manager && e.Operation == operation
	})
	if len(keys) == 0 {
		return
	}
	fields := map[string]struct{}{".": {}}
	for _, key := range keys {
		fields["f:"+key] = struct{}{}
	}
	raw, err := json.Marshal(map[string]any{"f:metadata": map[string]any{"f:labels": fields}})
	if err != nil {
		panic(err)
	}
	entry := metav1.ManagedFieldsEntry{Manager: manager, Operation: operation, FieldsV1: &metav1.FieldsV1{}}
	entry.FieldsV1.SetRawBytes(raw)
	s.ManagedFields = append(s.ManagedFields, entry)
}

// operate carries out the operations of JSON patch that there are.
func (s *simulated) operate(t testing.TB, o operation) {
	t.Helper()
	encoded, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	var as struct{ Value json.RawMessage }
	if err := json.Unmarshal(encoded, &as); err != nil {
		t.Fatal(err)
	}
	annotation := "/metadata/annotations/loadline.dev~1taints"
	position, atTaint := strings.CutPrefix(o.Path, "/spec/taints/")
	switch {
	case o.Op == "test" && o.Path == "/metadata/resourceVersion":
		if string(as.Value) != strconv.Quote(s.ResourceVersion) {
			t.Fatalf("the patch is for version %s, not %s", as.Value, s.ResourceVersion)
		}
	case o.Op == "add" && o.Path == "/spec/taints":
		if len(s.Spec.Taints) > 0 {
			t.Fatal("all taints are written over")
		}
	case o.Op == "add" && position == "-":
		var added corev1.Taint
		if err := json.Unmarshal(as.Value, &added); err != nil {
			t.Fatal(err)
		}
		s.Spec.Taints = append(s.Spec.Taints, added)
	case o.Op == "remove" && atTaint:
		at, err := strconv.Atoi(position)
		if err != nil {
			t.Fatal(err)
		}
		s.Spec.Taints = slices.Delete(s.Spec.Taints, at, at+1)
	case o.Op == "add" && o.Path == "/metadata/annotations":
		if len(s.Annotations) > 0 {
			t.Fatal("all annotations are written over")
		}
		s.Annotations = map[string]string{}
	case o.Op == "add" && o.Path == annotation:
		var text string
		if err := json.Unmarshal(as.Value, &text); err != nil {
			t.Fatal(err)
		}
		s.Annotations[TaintsAnnotation] = text
	case o.Op == "remove" && o.Path == annotation:
		if _, there := s.Annotations[TaintsAnnotation]; !there {
			t.Fatal("the annotation is not there")
		}
		delete(s.Annotations, TaintsAnnotation)
	default:
		t.Fatalf("operation %s %s", o.Op, o.Path)
	}
}

// A person labels and taints as kubectl does.

func (s *simulated) personLabels(key, value string) {
	own := readBooks(s.Node).labels
	if _, ours := own[key]; ours && s.Labels[key] == value {
		return // which changes nothing
	}
	delete(own, key)
	s.setOwner(FieldManager, metav1.ManagedFieldsOperationApply, slices.Collect(maps.Keys(own)))
	metav1.SetMetaDataLabel(&s.ObjectMeta, key, value)
	s.foreignLabels[key] = value
	s.setOwner("kubectl", metav1.ManagedFieldsOperationUpdate, slices.Collect(maps.Keys(s.foreignLabels)))
}

func (s *simulated) personUnlabels(key string) {
	own := readBooks(s.Node).labels
	delete(own, key)
	delete(s.Labels, key)
	delete(s.foreignLabels, key)
	s.setOwner(FieldManager, metav1.ManagedFieldsOperationApply, slices.Collect(maps.Keys(own)))
	s.setOwner("kubectl", metav1.ManagedFieldsOperationUpdate, slices.Collect(maps.Keys(s.foreignLabels)))
}

func (s *simulated) personTaints(key, value string, effect corev1.TaintEffect) {
	put := corev1.Taint{Key: key, Value: value, Effect: effect}
	s.personUntaints(key, effect)
	s.Spec.Taints = append(s.Spec.Taints, put)
	s.foreignTaints = append(s.foreignTaints, put)
}

func (s *simulated) personUntaints(key string, effect corev1.TaintEffect) {
	is := func(t corev1.Taint) bool { return t.Key == key && t.Effect == effect }
	s.Spec.Taints = slices.DeleteFunc(s.Spec.Taints, is)
	s.foreignTaints = slices.DeleteFunc(s.foreignTaints, is)
}

// checkForeign looks whether all that others have put is there, in order.
func (s *simulated) checkForeign(t testing.TB) {
	t.Helper()
	for key, value := range s.foreignLabels {
		if s.Labels[key] != value {
			t.Errorf("somebody's label %s=%s is %q", key, value, s.Labels[key])
		}
	}
	var found []corev1.Taint
	for _, there := range s.Spec.Taints {
		if there.TimeAdded == nil {
			found = append(found, there)
		}
	}
	if diff := cmp.Diff(append([]corev1.Taint(nil), s.foreignTaints...), found); diff != "" {
		t.Errorf("somebody's taints (-want +got):\n%s", diff)
	}
}

// texts are all labels and taints of the node, as people write them.
func (s *simulated) texts() []string {
	var all []string
	for key, value := range s.Labels {
		all = append(all, mark{label, key}.with(content{value: value}))
	}
	for i := range s.Spec.Taints {
		all = append(all, mark{taint, s.Spec.Taints[i].Key}.with(contentOf(&s.Spec.Taints[i])))
	}
	slices.Sort(all)
	return all
}
