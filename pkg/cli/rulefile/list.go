// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package rulefile

import (
	"encoding/json"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"
	sigsyaml "sigs.k8s.io/yaml"
)

// listSuffix ends the kinds of lists: "List" itself, as kubectl writes it, and
// those of one kind, as the API server does.
const listSuffix = "List"

// items are the documents that the items of a list are, and those of the lists
// among them. Anything else is its own only item, and so is a list that cannot
// be taken apart, about which Object gives an error.
func (d Document) items() []Document {
	list, err := readList(d.Data)
	if err != nil || list == nil {
		return []Document{d}
	}
	var items []Document
	for i, content := range list.Items {
		data, err := json.Marshal(list.complete(content))
		if err != nil {
			return []Document{d}
		}
		node, _ := d.find(field.NewPath("items").Index(i).String())
		item := Document{File: d.File, Data: data, root: node, fileLine: d.fileLine}
		if !item.empty() {
			items = append(items, item.items()...)
		}
	}
	return items
}

// list is what is read of a list.
type list struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Items      []any  `json:"items"`
}

// readList returns nil for what is no list. It is strict, since what is wrong in
// an item cannot be seen any more once it has been taken out.
func readList(data []byte) (*list, error) {
	found, err := sniff(data)
	if err != nil || !strings.HasSuffix(found.Kind, listSuffix) {
		return nil, err
	}
	text, err := sigsyaml.YAMLToJSONStrict(data)
	if err != nil {
		return nil, err
	}
	content := &list{}
	switch err := json.Unmarshal(text, content); {
	case err == nil && content.Items != nil:
		return content, nil
	case found.Kind == listSuffix:
		return nil, field.Required(field.NewPath("items"), "must be a list of objects")
	default:
		return nil, nil // only called so
	}
}

// complete gives an item its kind. The API server leaves it out in lists of one
// kind.
func (l *list) complete(item any) any {
	fields, ok := item.(map[string]any)
	kind := strings.TrimSuffix(l.Kind, listSuffix)
	if ok && kind != "" && fields["kind"] == nil && fields["apiVersion"] == nil {
		fields["apiVersion"], fields["kind"] = l.APIVersion, kind
	}
	return item
}

// Object is what is read of any document. What is no object has neither.
type Object struct{ APIVersion, Kind string }

// Object tells what kind of object a document is. The error is about a document
// that is not YAML, or a list that cannot be taken apart.
func (d *Document) Object() (Object, error) {
	if _, err := readList(d.Data); err != nil {
		return Object{}, err
	}
	return sniff(d.Data)
}

func sniff(data []byte) (Object, error) {
	var content any
	if err := sigsyaml.Unmarshal(data, &content); err != nil {
		return Object{}, err
	}
	fields, _ := content.(map[string]any)
	apiVersion, _ := fields["apiVersion"].(string)
	kind, _ := fields["kind"].(string)
	return Object{apiVersion, kind}, nil
}
