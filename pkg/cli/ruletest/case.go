// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package ruletest

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metav1validation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/loadline-dev/loadline/pkg/telemetry"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// testCase is a test that is ready to run.
type testCase struct {
	name   string
	series []loadedSeries
	nodes  []*corev1.Node
	pod    verdict.Pod
	expect []wanted
}

// wanted are the expectations at one tick. An aspect without a map is not looked
// at.
type wanted struct {
	tick    int
	aspects map[aspect]byNode
}

func (s *Suite) newCase(t *test, path *field.Path) (testCase, field.ErrorList) {
	ready := testCase{name: t.Name}
	var errs, wrong field.ErrorList
	ready.series, errs = loadAll(t.Series, path.Child("series"))
	if len(t.Nodes) > 0 {
		ready.nodes, wrong = newNodes(t.Nodes, path.Child("nodes"))
		errs = append(errs, wrong...)
	} else {
		ready.nodes = s.nodesIn(ready.series)
	}
	if len(errs) == 0 && len(ready.nodes) == 0 {
		errs = append(errs, field.Required(path.Child("nodes"), "no series tells a node, by its label node or instance"))
	}
	ready.pod, wrong = newPod(&t.Pod, path.Child("pod"))
	errs = append(errs, wrong...)
	if len(t.Expect) == 0 {
		errs = append(errs, field.Required(path.Child("expect"), "give at least one expectation"))
	}
	if len(errs) > 0 {
		return ready, errs // the nodes are not known
	}
	for i := range t.Expect {
		expected, wrong := s.newWanted(&t.Expect[i], ready.nodes, path.Child("expect").Index(i))
		errs = append(errs, wrong...)
		ready.expect = append(ready.expect, expected)
	}
	return ready, errs
}

// nodesIn are the nodes that the series tell, in the way that the metrics of the
// rule sets have it, in the order of their names.
func (s *Suite) nodesIn(loaded []loadedSeries) []*corev1.Node {
	nodeLabels := sets.New[string]()
	for _, rules := range s.rules {
		for _, metric := range rules.Spec.Metrics {
			nodeLabels.Insert(metric.NodeLabel)
		}
	}
	names := sets.New[string]()
	for _, series := range loaded {
		identity := ""
		for _, label := range sets.List(nodeLabels.Difference(sets.New(""))) {
			if identity == "" {
				identity = telemetry.Identity(series.labels, label)
			}
		}
		if identity == "" {
			identity = telemetry.Identity(series.labels, "")
		}
		names.Insert(identity)
	}
	var nodes []*corev1.Node
	for _, name := range sets.List(names.Difference(sets.New(""))) {
		nodes = append(nodes, &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}})
	}
	return nodes
}

func newNodes(given map[string]node, path *field.Path) ([]*corev1.Node, field.ErrorList) {
	var nodes []*corev1.Node
	var errs field.ErrorList
	for _, name := range slices.Sorted(maps.Keys(given)) {
		path := path.Key(name)
		for _, message := range validation.IsDNS1123Subdomain(name) {
			errs = append(errs, field.Invalid(path, name, message))
		}
		errs = append(errs, metav1validation.ValidateLabels(given[name].Labels, path.Child("labels"))...)
		resources, wrong := newResources(given[name].Allocatable, path.Child("allocatable"))
		errs = append(errs, wrong...)
		nodes = append(nodes, &corev1.Node{
			ObjectMeta: metav1.ObjectMeta{Name: name, Labels: given[name].Labels},
			Status:     corev1.NodeStatus{Allocatable: resources, Capacity: resources},
		})
	}
	return nodes, errs
}

func newResources(given map[corev1.ResourceName]scalar, path *field.Path) (corev1.ResourceList, field.ErrorList) {
	resources := corev1.ResourceList{}
	var errs field.ErrorList
	for _, name := range slices.Sorted(maps.Keys(given)) {
		quantity, err := resource.ParseQuantity(string(given[name]))
		if err != nil || quantity.Sign() < 0 {
			errs = append(errs, field.Invalid(path.Key(string(name)), string(given[name]), "must be a quantity, such as 4 or 16Gi"))
		}
		resources[name] = quantity
	}
	return resources, errs
}

// systemPriorities begin the names of the priority classes of pods without which
// the cluster does not work.
const systemPriorities = "system-"

func newPod(given *pod, path *field.Path) (verdict.Pod, field.ErrorList) {
	namespace := given.Namespace
	if namespace == "" {
		namespace = metav1.NamespaceDefault
	}
	namespaceLabels := labels.Merge(given.NamespaceLabels, labels.Set{corev1.LabelMetadataName: namespace})
	errs := metav1validation.ValidateLabels(given.Labels, path.Child("labels"))
	errs = append(errs, metav1validation.ValidateLabels(given.NamespaceLabels, path.Child("namespaceLabels"))...)
	for _, message := range validation.IsDNS1123Label(namespace) {
		errs = append(errs, field.Invalid(path.Child("namespace"), namespace, message))
	}
	if strings.HasPrefix(given.PriorityClassName, systemPriorities) {
		errs = append(errs, field.Invalid(path.Child("priorityClassName"), given.PriorityClassName, "no rule is for pods of a system-critical priority"))
	}
	return verdict.Pod{Labels: given.Labels, NamespaceLabels: namespaceLabels, PriorityClassName: given.PriorityClassName}, errs
}

func (s *Suite) newWanted(e *expectation, nodes []*corev1.Node, path *field.Path) (wanted, field.ErrorList) {
	expected := wanted{aspects: map[aspect]byNode{}}
	var errs field.ErrorList
	expected.tick, errs = s.tickOf(e, path.Child("at"))
	add := func(a aspect, given bool, values byNode, check func(value string) string) {
		if !given {
			return
		}
		expected.aspects[a] = values
		errs = append(errs, checkByNode(values, nodes, check, path.Child(a.String()))...)
	}
	add(rejected, e.Rejected != nil, newByNode(e.Rejected), s.names.check)
	add(evict, e.Evict != nil, newByNode(e.Evict), s.names.check)
	add(taints, e.Taints != nil, newByNode(e.Taints), anything)
	add(scores, e.Scores != nil, scoresByNode(e.Scores), checkScore)
	add(marks, e.Labels != nil, labelsByNode(e.Labels), anything)
	if len(expected.aspects) == 0 {
		errs = append(errs, field.Required(path, "give at least one of rejected, scores, evict, labels and taints"))
	}
	return expected, errs
}

func (s *Suite) tickOf(e *expectation, path *field.Path) (int, field.ErrorList) {
	switch {
	case e.At == nil:
		return 0, field.ErrorList{field.Required(path, "")}
	case e.At.Err() != nil:
		return 0, field.ErrorList{field.Invalid(path, e.At.String(), e.At.Err().Error())}
	case e.At.Value() < 0 || e.At.Value()%s.interval != 0:
		return 0, field.ErrorList{field.Invalid(path, e.At.String(), "must be a multiple of the interval, "+s.interval.String())}
	}
	return int(e.At.Value() / s.interval), nil
}

func anything(string) string { return "" }

func checkScore(score string) string {
	if value, err := strconv.Atoi(score); err != nil || value < 0 || value > verdict.MaxScore || strconv.Itoa(value) != score {
		return "must be a whole number between 0 and 100"
	}
	return ""
}

// checkByNode looks for nodes that do not exist and for values that cannot be.
func checkByNode(values byNode, nodes []*corev1.Node, check func(value string) string, path *field.Path) field.ErrorList {
	names := sets.New[string]()
	for _, node := range nodes {
		names.Insert(node.Name)
	}
	var errs field.ErrorList
	for _, node := range slices.Sorted(maps.Keys(values)) {
		if !names.Has(node) {
			errs = append(errs, field.NotSupported(path.Key(node), node, sets.List(names)))
		}
		for _, value := range values[node] {
			if message := check(value); message != "" {
				errs = append(errs, field.Invalid(path.Key(node), value, message))
			}
		}
	}
	return errs
}
