// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
)

// source is what the Go files of some packages say of their types, by name.
type source struct {
	structs map[string]*structure
	docs    map[string]string   // of all types
	choices map[string][]choice // constants, by their type
}

// structure is a type with fields.
type structure struct {
	name   string
	fields []member
}

// member is a field.
type member struct {
	goName, name string // the latter in YAML
	kind         string // as Go writes it
	doc          string
	required     bool
}

// choice is a value, or some that have a comment in common.
type choice struct {
	goNames, values []string
	doc             string
}

// read reads the packages in some directories. Their types must not have the same
// names.
func read(directories ...string) (*source, error) {
	s := &source{structs: map[string]*structure{}, docs: map[string]string{}, choices: map[string][]choice{}}
	for _, directory := range directories {
		files, err := filepath.Glob(filepath.Join(directory, "*.go"))
		if err != nil || len(files) == 0 {
			return nil, fmt.Errorf("there are no Go files in %s: %w", directory, os.ErrNotExist)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
			if err != nil {
				return nil, fmt.Errorf("reading %s: %w", name, err)
			}
			s.add(file)
		}
	}
	return s, nil
}

func (s *source) add(file *ast.File) {
	for _, declaration := range file.Decls {
		general, ok := declaration.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range general.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				s.addType(spec, general.Doc)
			case *ast.ValueSpec:
				s.addChoice(spec)
			}
		}
	}
}

func (s *source) addType(spec *ast.TypeSpec, doc *ast.CommentGroup) {
	name := spec.Name.Name
	s.docs[name] = textOf(doc)
	fields, ok := spec.Type.(*ast.StructType)
	if !ok {
		return
	}
	structure := &structure{name: name}
	for _, field := range fields.Fields.List {
		yaml, options, _ := strings.Cut(tagOf(field), ",")
		if yaml == "" || yaml == "-" {
			continue // not written by anybody, or that of all objects
		}
		goName := yaml
		if len(field.Names) == 1 {
			goName = field.Names[0].Name
		}
		structure.fields = append(structure.fields, member{
			goName: goName, name: yaml, kind: types.ExprString(field.Type), doc: textOf(field.Doc),
			required: !strings.Contains(options, "omitempty"),
		})
	}
	s.structs[name] = structure
}

// addChoice adds a constant of a named type. One without a comment goes with that
// before it.
func (s *source) addChoice(spec *ast.ValueSpec) {
	kind, ok := spec.Type.(*ast.Ident)
	if !ok || len(spec.Values) != 1 {
		return
	}
	literal, ok := spec.Values[0].(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return
	}
	value, err := strconv.Unquote(literal.Value)
	if err != nil {
		return
	}
	known, doc := s.choices[kind.Name], textOf(spec.Doc)
	if last := len(known) - 1; doc == "" && last >= 0 {
		known[last].goNames = append(known[last].goNames, spec.Names[0].Name)
		known[last].values = append(known[last].values, value)
		return
	}
	s.choices[kind.Name] = append(known, choice{goNames: []string{spec.Names[0].Name}, values: []string{value}, doc: doc})
}

func tagOf(field *ast.Field) string {
	if field.Tag == nil {
		return ""
	}
	tag, err := strconv.Unquote(field.Tag.Value)
	if err != nil {
		return ""
	}
	return reflect.StructTag(tag).Get("json")
}

// textOf is the first paragraph of a comment: what follows is for those who program.
func textOf(doc *ast.CommentGroup) string {
	first, _, _ := strings.Cut(doc.Text(), "\n\n")
	return strings.Join(strings.Fields(first), " ")
}

// bare is the type without pointers, and what it is a list or a map of.
func bare(kind string) string {
	kind = strings.TrimLeft(kind, "*[]")
	if after, ok := strings.CutPrefix(kind, "map["); ok {
		_, element, _ := strings.Cut(after, "]")
		return bare(element)
	}
	return kind
}
