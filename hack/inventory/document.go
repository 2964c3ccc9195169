// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"
)

const (
	repository   = "github.com/loadline-dev/loadline"
	organization = "Organization: The Loadline Authors"
	documentID   = "SPDXRef-DOCUMENT"
	programID    = "SPDXRef-Program"
	// unknown is what SPDX has for what nobody says.
	unknown = "NOASSERTION"
)

// document is an SPDX document, as in https://spdx.github.io/spdx-spec/v2.3/.
type document struct {
	Version       string         `json:"spdxVersion"`
	DataLicense   string         `json:"dataLicense"`
	ID            string         `json:"SPDXID"`
	Name          string         `json:"name"`
	Namespace     string         `json:"documentNamespace"`
	Comment       string         `json:"comment"`
	Creation      creation       `json:"creationInfo"`
	Packages      []packaged     `json:"packages"`
	Relationships []relationship `json:"relationships"`
}

type creation struct {
	Created  string   `json:"created"`
	Creators []string `json:"creators"`
}

// packaged is what SPDX calls a package: here the program, or a module.
type packaged struct {
	ID               string      `json:"SPDXID"`
	Name             string      `json:"name"`
	Version          string      `json:"versionInfo"`
	FileName         string      `json:"packageFileName,omitempty"`
	Supplier         string      `json:"supplier"`
	DownloadLocation string      `json:"downloadLocation"`
	FilesAnalyzed    bool        `json:"filesAnalyzed"`
	Purpose          string      `json:"primaryPackagePurpose"`
	License          string      `json:"licenseDeclared,omitempty"`
	Checksums        []sum       `json:"checksums,omitempty"`
	References       []reference `json:"externalRefs"`
}

type sum struct {
	Algorithm string `json:"algorithm"`
	Value     string `json:"checksumValue"`
}

type reference struct {
	Category string `json:"referenceCategory"`
	Type     string `json:"referenceType"`
	Locator  string `json:"referenceLocator"`
}

type relationship struct {
	Of   string `json:"spdxElementId"`
	Type string `json:"relationshipType"`
	To   string `json:"relatedSpdxElement"`
}

// document lists what is in a program.
func (i *inventory) document(program *binary) ([]byte, error) {
	name := strings.Join([]string{i.program, i.version, strings.ReplaceAll(i.platform, "/", "_")}, "_")
	d := document{
		Version: "SPDX-2.3", DataLicense: "CC0-1.0", ID: documentID, Name: name,
		// Unique, as is demanded of it, since the program is: no other has the same sum.
		Namespace:     "https://" + repository + "/spdx/" + url.PathEscape(name) + "-" + program.sum,
		Comment:       "The checksum of a module is the one of go.sum (h1), in hexadecimal: of the list of its files and their sums.",
		Creation:      creation{Created: i.created.Format(time.RFC3339), Creators: []string{organization, "Tool: hack/inventory-" + i.version}},
		Packages:      []packaged{i.packagedProgram(program), packagedLibrary(program.compiler)},
		Relationships: []relationship{{Of: documentID, Type: "DESCRIBES", To: programID}},
	}
	for number, m := range program.modules {
		module, err := m.packaged(fmt.Sprintf("SPDXRef-Module-%d", number+1))
		if err != nil {
			return nil, fmt.Errorf("module %s: %w", m.path, err)
		}
		d.Packages = append(d.Packages, module)
	}
	for _, p := range d.Packages[1:] {
		d.Relationships = append(d.Relationships, relationship{Of: programID, Type: "DEPENDS_ON", To: p.ID})
	}
	text, err := json.MarshalIndent(d, "", " ")
	return append(text, '\n'), err
}

func (i *inventory) packagedProgram(program *binary) packaged {
	locator := packageURL(repository, i.version)
	if folder, below := strings.CutPrefix(program.main, repository+"/"); below {
		locator += "#" + folder
	}
	return packaged{
		ID: programID, Name: i.program, Version: i.version, FileName: i.fileName(), Supplier: organization,
		DownloadLocation: "git+https://" + repository + "@" + url.PathEscape(i.version), Purpose: "APPLICATION", License: "Apache-2.0",
		Checksums: []sum{{Algorithm: "SHA256", Value: program.sum}}, References: packageURLs(locator),
	}
}

// packagedLibrary is the standard library, under the name by which others look for
// its vulnerabilities.
func packagedLibrary(compiler string) packaged {
	const name = "stdlib"
	version := strings.TrimPrefix(compiler, "go")
	return packaged{
		ID: "SPDXRef-Library", Name: name, Version: version, Supplier: unknown,
		DownloadLocation: "https://go.dev/dl/go" + version + ".src.tar.gz", Purpose: "LIBRARY", References: packageURLs(packageURL(name, version)),
	}
}

func (m *module) packaged(id string) (packaged, error) {
	encoded, found := strings.CutPrefix(m.sum, "h1:")
	value, err := base64.StdEncoding.DecodeString(encoded)
	if !found || err != nil {
		return packaged{}, fmt.Errorf("its checksum %q is none of go.sum", m.sum)
	}
	return packaged{
		ID: id, Name: m.path, Version: m.version, Supplier: unknown,
		DownloadLocation: "https://proxy.golang.org/" + escaped(m.path) + "/@v/" + escaped(m.version) + ".zip", Purpose: "LIBRARY",
		Checksums: []sum{{Algorithm: "SHA256", Value: fmt.Sprintf("%x", value)}}, References: packageURLs(packageURL(m.path, m.version)),
	}, nil
}

// escaped is how module proxies have a path or a version: for file systems that do
// not tell A from a.
func escaped(name string) string {
	var to strings.Builder
	for _, letter := range name {
		if 'A' <= letter && letter <= 'Z' {
			to.WriteRune('!')
			letter += 'a' - 'A'
		}
		to.WriteRune(letter)
	}
	return to.String()
}

// packageURL is the name by which scanners know a module, which is in small letters.
func packageURL(path, version string) string {
	return "pkg:golang/" + strings.ToLower(path) + "@" + url.QueryEscape(version)
}

func packageURLs(locator string) []reference {
	return []reference{{Category: "PACKAGE-MANAGER", Type: "purl", Locator: locator}}
}
