// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	kjson "sigs.k8s.io/json"
	sigsyaml "sigs.k8s.io/yaml"

	"github.com/loadline-dev/loadline/pkg/cli/rulefile"
)

// What a TASPolicy says of itself.
const (
	policyGroup   = "telemetry.intel.com"
	policyVersion = policyGroup + "/v1alpha1"
	policyKind    = "TASPolicy"
)

// The strategies of a policy.
const (
	dontschedule     = "dontschedule"
	deschedule       = "deschedule"
	labeling         = "labeling"
	scheduleonmetric = "scheduleonmetric"
)

// How the rules of a strategy combine. TAS takes anyOf if nothing is said.
const (
	anyOf = "anyOf"
	allOf = "allOf"
)

// How a rule compares a metric with its target.
const (
	equals      = "Equals"
	lessThan    = "LessThan"
	greaterThan = "GreaterThan"
)

// metricName is what TAS's own definition of the resource accepts.
var metricName = regexp.MustCompile(`^[a-zA-Z0-9_-]+$`)

// Policy is a valid TASPolicy, and where it is written.
type Policy struct {
	rulefile.Document

	content content
}

// Name is the namespace and the name of the policy.
func (p *Policy) Name() string { return p.namespace() + "/" + p.content.Name }

// Place is where the policy is written.
func (p *Policy) Place() string {
	return fmt.Sprintf("%s:%d", p.File, p.line())
}

// Problem is what is wrong with the policy as a whole.
func (p *Policy) Problem(message string) rulefile.Problem {
	return rulefile.Problem{File: p.File, Line: p.line(), Message: message}
}

func (p *Policy) line() int { return p.Line(field.NewPath("metadata", "name").String()) }

// namespace is that of the policy, or where kubectl is likely to have put it.
func (p *Policy) namespace() string {
	if p.content.Namespace == "" {
		return metav1.NamespaceDefault
	}
	return p.content.Namespace
}

// content is a TASPolicy as a person writes it.
type content struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`

	Spec struct {
		Strategies map[string]strategy `json:"strategies"`
	} `json:"spec"`
	Status map[string]any `json:"status"`
}

type strategy struct {
	// PolicyName is overwritten by TAS.
	PolicyName      string `json:"policyName"`
	LogicalOperator string `json:"logicalOperator"`
	Rules           []rule `json:"rules"`
}

type rule struct {
	MetricName string `json:"metricname"`
	Operator   string `json:"operator"`
	Target     target `json:"target"`
	// Labels are read in the strategy labeling alone. Each is "key=value".
	Labels []string `json:"labels"`
}

// target is a whole number. It decodes from anything, and validation reports
// what is none, together with the path of the field.
type target struct {
	text  string
	value int64
}

// UnmarshalJSON reads a number. TAS takes zero if none is given.
func (t *target) UnmarshalJSON(data []byte) error {
	t.text = string(data)
	t.value, _ = strconv.ParseInt(t.text, 10, 64)
	return nil
}

func (t target) whole() bool {
	_, err := strconv.ParseInt(t.text, 10, 64)
	return t.text == "" || t.text == "null" || err == nil
}

// exact tells whether the number is the same as the floating point number that
// Prometheus and Loadline compare with.
func (t target) exact() bool {
	float := float64(t.value)
	return math.Abs(float) < math.MaxInt64 && int64(float) == t.value
}

// Read finds the policies in a file, and what is wrong with those that are not
// valid. It passes over everything else.
func Read(file string, data []byte) ([]Policy, []rulefile.Problem) {
	var policies []Policy
	var problems []rulefile.Problem
	for _, document := range rulefile.Documents(file, data) {
		object, err := document.Object()
		if err == nil && !isPolicy(object) {
			continue
		}
		policy := Policy{Document: document}
		if err == nil {
			policy.content, err = decode(document.Data)
		}
		if err != nil {
			problems = append(problems, document.Problems(err)...)
			continue
		}
		policies = append(policies, policy)
	}
	rulefile.Sort(problems)
	return policies, problems
}

// isPolicy tells whether an object is meant to be a policy, with whatever version
// or typing error.
func isPolicy(object rulefile.Object) bool {
	group, _, _ := strings.Cut(object.APIVersion, "/")
	return group == policyGroup || object.APIVersion == "" && object.Kind == policyKind
}

// decode reads a policy. Unknown and repeated fields are errors: TAS passes over
// them, and over what they were meant to say.
func decode(data []byte) (content, error) {
	text, err := sigsyaml.YAMLToJSONStrict(data)
	if err != nil {
		return content{}, err
	}
	var policy content
	strict, err := kjson.UnmarshalStrict(text, &policy)
	if err != nil {
		return content{}, err
	}
	errs := strict
	for _, err := range validate(&policy) {
		errs = append(errs, err)
	}
	return policy, utilerrors.NewAggregate(errs)
}

func validate(policy *content) field.ErrorList {
	if policy.APIVersion != policyVersion {
		return field.ErrorList{field.NotSupported(field.NewPath("apiVersion"), policy.APIVersion, []string{policyVersion})}
	}
	if policy.Kind != policyKind {
		return field.ErrorList{field.NotSupported(field.NewPath("kind"), policy.Kind, []string{policyKind})}
	}
	errs := validateMetadata(policy, field.NewPath("metadata"))
	path := field.NewPath("spec", "strategies")
	if policy.Spec.Strategies == nil {
		errs = append(errs, field.Required(path, ""))
	}
	for _, name := range slices.Sorted(maps.Keys(policy.Spec.Strategies)) {
		s := policy.Spec.Strategies[name]
		errs = append(errs, validateStrategy(name, &s, policy.Name, path.Child(name))...)
	}
	return errs
}

// validateMetadata asks no more of a name than the API server does, but that pods
// can have it in a label.
func validateMetadata(policy *content, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if policy.Name == "" {
		errs = append(errs, field.Required(path.Child("name"), ""))
	} else {
		for _, message := range append(validation.IsDNS1123Subdomain(policy.Name), validation.IsValidLabelValue(policy.Name)...) {
			errs = append(errs, field.Invalid(path.Child("name"), policy.Name, message))
		}
	}
	if policy.Namespace != "" {
		for _, message := range validation.IsDNS1123Label(policy.Namespace) {
			errs = append(errs, field.Invalid(path.Child("namespace"), policy.Namespace, message))
		}
	}
	return errs
}

func validateStrategy(name string, s *strategy, policy string, path *field.Path) field.ErrorList {
	names := []string{deschedule, dontschedule, labeling, scheduleonmetric}
	if !slices.Contains(names, name) {
		return field.ErrorList{field.NotSupported(path, name, names)}
	}
	var errs field.ErrorList
	if operators := []string{allOf, anyOf}; s.LogicalOperator != "" && !slices.Contains(operators, s.LogicalOperator) {
		errs = append(errs, field.NotSupported(path.Child("logicalOperator"), s.LogicalOperator, operators))
	}
	for i := range s.Rules {
		errs = append(errs, validateRule(&s.Rules[i], path.Child("rules").Index(i))...)
		if name == labeling {
			errs = append(errs, validateLabels(s.Rules[i].Labels, policy, path.Child("rules").Index(i).Child("labels"))...)
		}
	}
	return errs
}

func validateRule(r *rule, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if !metricName.MatchString(r.MetricName) {
		errs = append(errs, field.Invalid(path.Child("metricname"), r.MetricName, "must consist of letters, digits, '_' and '-'"))
	}
	if operators := []string{equals, greaterThan, lessThan}; !slices.Contains(operators, r.Operator) {
		errs = append(errs, field.NotSupported(path.Child("operator"), r.Operator, operators))
	}
	if !r.Target.whole() {
		errs = append(errs, field.Invalid(path.Child("target"), r.Target.text, "must be a whole number of 64 bits, as TAS has it"))
	}
	return errs
}

func validateLabels(labels []string, policy string, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	keys := sets.New[string]()
	for i, label := range labels {
		key, value, ok := strings.Cut(label, "=")
		if !ok {
			errs = append(errs, field.Invalid(path.Index(i), label, "must be key=value"))
			continue
		}
		messages := append(validation.IsQualifiedName(labelKey(policy, key)), validation.IsValidLabelValue(value)...)
		for _, message := range messages {
			errs = append(errs, field.Invalid(path.Index(i), label, fmt.Sprintf("cannot be the label %s of a node: %s", labelKey(policy, key), message)))
		}
		if keys.Has(key) {
			errs = append(errs, field.Duplicate(path.Index(i), label))
		}
		keys.Insert(key)
	}
	return errs
}

// labelKey is the key under which TAS puts a policy's label on nodes.
func labelKey(policy, key string) string { return "telemetry.aware.scheduling." + policy + "/" + key }
