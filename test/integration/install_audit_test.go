// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	auditv1 "k8s.io/apiserver/pkg/apis/audit/v1"

	"github.com/loadline-dev/loadline/test/cluster"
	"github.com/loadline-dev/loadline/test/deploy"
)

// auditPolicy has the API server write down who of Loadline has asked for what.
const auditPolicy = `
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- {level: Metadata, userGroups: ["system:serviceaccounts:` + deploy.Namespace + `"]}
- {level: None}
`

// auditLog is what an API server writes down.
type auditLog struct{ file string }

// newAuditLog makes one, and the options of a cluster whose API server writes it.
func newAuditLog(t *testing.T) (*auditLog, cluster.Options) {
	t.Helper()
	policy, log := filepath.Join(t.TempDir(), "policy.yaml"), filepath.Join(t.TempDir(), "audit.log")
	if err := os.WriteFile(policy, []byte(auditPolicy), 0o600); err != nil {
		t.Fatal(err)
	}
	return &auditLog{log}, cluster.Options{APIServerFlags: []string{
		// An event is in the log before the request is answered.
		"--audit-policy-file=" + policy, "--audit-log-path=" + log, "--audit-log-mode=blocking",
		// Otherwise clients only watch what they would list first, which they still have to
		// where the API server does not have this, or has no time for it.
		"--feature-gates=WatchList=false",
	}}
}

// take is what has been written since the last time.
func (l *auditLog) take() ([]auditv1.Event, error) {
	text, err := os.ReadFile(l.file)
	if err != nil {
		return nil, err
	}
	if err := os.Truncate(l.file, 0); err != nil { // it is written by appending
		return nil, err
	}
	var requests []auditv1.Event
	for line := range bytes.Lines(text) {
		var event auditv1.Event
		if err := json.Unmarshal(line, &event); err != nil {
			return nil, fmt.Errorf("reading the audit log: %w", err)
		}
		requests = append(requests, event)
	}
	return requests, nil
}

// account is the name of the ServiceAccount that has sent a request.
func account(request *auditv1.Event) string {
	return request.User.Username[strings.LastIndex(request.User.Username, ":")+1:]
}

// isRefused tells whether a request was refused for lack of a right.
func isRefused(request *auditv1.Event) bool {
	return request.ResponseStatus != nil && request.ResponseStatus.Code == http.StatusForbidden
}

// right is one verb on one resource that an account has.
type right struct {
	account         string
	verb            string
	group, resource string // with the subresource
	namespace, name string // empty: any
}

func (r right) String() string {
	text := r.account + " " + r.verb + " " + r.resource
	if r.group != "" {
		text += "." + r.group
	}
	if r.name != "" {
		text += " " + r.name
	}
	return text
}

// allows tells whether a request takes this right.
func (r right) allows(request *auditv1.Event) bool {
	asked := request.ObjectRef
	if asked == nil || account(request) != r.account || request.Verb != r.verb || asked.APIGroup != r.group {
		return false
	}
	resource := asked.Resource
	if asked.Subresource != "" {
		resource += "/" + asked.Subresource
	}
	return resource == r.resource && (r.namespace == "" || asked.Namespace == r.namespace) && (r.name == "" || asked.Name == r.name)
}

// rights are all that accounts are granted by what is rendered. Of the roles that are
// Kubernetes' own there is one, by which a ConfigMap can be read.
func (r rendered) rights() []right {
	r.Helper()
	var rights []right
	for _, object := range r.objects {
		switch object.GetKind() {
		case "ClusterRoleBinding":
			binding := decode[rbacv1.ClusterRoleBinding](r, object.GetKind(), object.GetName())
			rights = append(rights, r.grantedBy(binding.RoleRef, binding.Subjects, "")...)
		case "RoleBinding":
			binding := decode[rbacv1.RoleBinding](r, object.GetKind(), object.GetName())
			rights = append(rights, r.grantedBy(binding.RoleRef, binding.Subjects, binding.Namespace)...)
		}
	}
	return rights
}

func (r rendered) grantedBy(role rbacv1.RoleRef, subjects []rbacv1.Subject, namespace string) []right {
	r.Helper()
	var rules []rbacv1.PolicyRule
	switch {
	case role.Name == "extension-apiserver-authentication-reader":
		rules = []rbacv1.PolicyRule{{APIGroups: []string{""}, Resources: []string{"configmaps"}, ResourceNames: []string{"extension-apiserver-authentication"}, Verbs: []string{"get", "list", "watch"}}}
	case role.Kind == "ClusterRole":
		rules = decode[rbacv1.ClusterRole](r, role.Kind, role.Name).Rules
	default:
		rules = decode[rbacv1.Role](r, role.Kind, role.Name).Rules
	}
	var rights []right
	for _, subject := range subjects {
		for _, rule := range rules {
			rights = append(rights, rightsOf(subject.Name, namespace, rule)...)
		}
	}
	return rights
}

func rightsOf(account, namespace string, rule rbacv1.PolicyRule) []right {
	names := rule.ResourceNames
	if len(names) == 0 {
		names = []string{""}
	}
	var rights []right
	for _, group := range rule.APIGroups {
		for _, resource := range rule.Resources {
			for _, verb := range rule.Verbs {
				for _, name := range names {
					rights = append(rights, right{account: account, verb: verb, group: group, resource: resource, namespace: namespace, name: name})
				}
			}
		}
	}
	return rights
}

// checkRights checks that nothing was asked for that is not granted, and nothing
// granted that was not asked for, but for the rights that are excused.
func (r rendered) checkRights(log *auditLog, excused map[string]string) {
	r.Helper()
	requests, err := log.take()
	r.must(err)
	accounts := sets.New[string]()
	for _, request := range requests {
		accounts.Insert(account(&request))
		if isRefused(&request) {
			r.Errorf("%s was refused to %s %s", account(&request), request.Verb, request.RequestURI)
		}
	}
	granted := r.rights()
	if len(requests) == 0 || len(granted) == 0 {
		r.Fatalf("%d requests, %d rights", len(requests), len(granted))
	}
	for _, right := range granted {
		used := slices.ContainsFunc(requests, func(request auditv1.Event) bool { return right.allows(&request) })
		if _, isExcused := excused[right.String()]; !used && !isExcused {
			r.Errorf("%s is granted, and was not used", right)
		}
	}
	for text, why := range excused {
		if !slices.ContainsFunc(granted, func(right right) bool { return right.String() == text }) {
			r.Errorf("%s is excused (%s), and not granted", text, why)
		}
	}
	r.Logf("%d requests of %v, %d rights", len(requests), sets.List(accounts), len(granted))
}
