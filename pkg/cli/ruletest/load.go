// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package ruletest

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation/field"
	kjson "sigs.k8s.io/json"
	sigsyaml "sigs.k8s.io/yaml"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/cli/rulefile"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// Suite is a file of tests that is ready to run.
type Suite struct {
	interval, staleAfter time.Duration
	builtins             map[v1alpha1.Builtin]string // in place of Loadline's own
	rules                []*v1alpha1.RuleSet
	sets                 []*verdict.Set
	names                ruleNames
	cases                []testCase
}

// Load makes the tests in a file ready, and reads the rule sets that they are
// for. It returns what is wrong in any of these files.
func Load(name string, data []byte) (*Suite, []rulefile.Problem) {
	documents := rulefile.Documents(name, data)
	if len(documents) != 1 {
		return nil, []rulefile.Problem{{File: name, Line: 1, Message: fmt.Sprintf("must hold one YAML document, and holds %d", len(documents))}}
	}
	document := &documents[0]
	content, err := decode(document.Data)
	if err != nil {
		return nil, document.Problems(err)
	}
	suite, problems := &Suite{interval: v1alpha1.DefaultInterval, builtins: content.Builtins}, []rulefile.Problem(nil)
	problems = append(problems, suite.setInterval(document, content.Interval)...)
	if errs := v1alpha1.ValidateOverrides(content.Builtins, field.NewPath("builtins")); len(errs) > 0 {
		problems = append(problems, document.Problems(errs.ToAggregate())...)
	}
	problems = append(problems, suite.readRules(document, content.RuleSets)...)
	if len(problems) > 0 {
		return nil, problems // or what follows from them would hide them
	}
	if errs := suite.addCases(content.Tests); len(errs) > 0 {
		problems := document.Problems(errs.ToAggregate())
		rulefile.Sort(problems)
		return nil, problems
	}
	return suite, nil
}

// decode reads a file of tests. Unknown and repeated fields are errors.
func decode(data []byte) (*file, error) {
	text, err := sigsyaml.YAMLToJSONStrict(data)
	if err != nil {
		return nil, err
	}
	content := &file{}
	strict, err := kjson.UnmarshalStrict(text, content)
	if err != nil {
		return nil, err
	}
	return content, utilerrors.NewAggregate(strict)
}

func (s *Suite) setInterval(document *rulefile.Document, interval *v1alpha1.Duration) []rulefile.Problem {
	if errs := v1alpha1.ValidateInterval(interval, field.NewPath("interval")); len(errs) > 0 {
		return document.Problems(errs.ToAggregate())
	}
	if interval != nil {
		s.interval = interval.Value()
	}
	settings := v1alpha1.Telemetry{Interval: v1alpha1.NewDuration(s.interval)}
	s.staleAfter = settings.StaleAfter()
	return nil
}

// readRules reads the rule sets, which are tested as if they were enforced.
func (s *Suite) readRules(document *rulefile.Document, files []string) []rulefile.Problem {
	path := field.NewPath("ruleSets")
	if len(files) == 0 {
		return document.Problems(field.Required(path, "name the files of the rule sets, relative to this one"))
	}
	var problems []rulefile.Problem
	names := sets.New[string]()
	for i, name := range files {
		file := name
		if !filepath.IsAbs(name) {
			file = filepath.Join(filepath.Dir(document.File), name)
		}
		data, err := os.ReadFile(file)
		if err != nil {
			problems = append(problems, document.Problems(field.Invalid(path.Index(i), name, err.Error()))...)
			continue
		}
		found, wrong := rulefile.Read(file, data)
		wrong = slices.DeleteFunc(wrong, isWarning) // a matter of checks
		problems = append(problems, wrong...)
		if len(found) == 0 && len(wrong) == 0 {
			problems = append(problems, document.Problems(field.Invalid(path.Index(i), name, "holds no rule set"))...)
		}
		for _, rules := range found {
			if names.Has(rules.Name) {
				problems = append(problems, document.Problems(field.Invalid(path.Index(i), name, fmt.Sprintf("holds a second rule set %q", rules.Name)))...)
			}
			names.Insert(rules.Name)
			rules.Spec.Mode = v1alpha1.Enforce
			problems = append(problems, s.addRules(document, rules.RuleSet)...)
		}
	}
	s.names = newRuleNames(s.rules)
	return problems
}

func isWarning(problem rulefile.Problem) bool { return problem.Warning }

func (s *Suite) addRules(document *rulefile.Document, rules *v1alpha1.RuleSet) []rulefile.Problem {
	set, err := verdict.NewSet(rules, s.staleAfter)
	if err != nil {
		return document.Problems(err)
	}
	s.rules, s.sets = append(s.rules, rules), append(s.sets, set)
	return nil
}

func (s *Suite) addCases(tests []test) field.ErrorList {
	path := field.NewPath("tests")
	if len(tests) == 0 {
		return field.ErrorList{field.Required(path, "give at least one test")}
	}
	var errs field.ErrorList
	names := sets.New[string]()
	for i := range tests {
		name := path.Index(i).Child("name")
		switch {
		case tests[i].Name == "":
			errs = append(errs, field.Required(name, ""))
		case names.Has(tests[i].Name):
			errs = append(errs, field.Duplicate(name, tests[i].Name))
		}
		names.Insert(tests[i].Name)
		ready, wrong := s.newCase(&tests[i], path.Index(i))
		errs = append(errs, wrong...)
		s.cases = append(s.cases, ready)
	}
	return errs
}
