// helm-render prints what `helm template` would print of a chart, where helm itself is not to be had: the same template
// language and the same function library (Go's text/template and sprig), with Helm's objects and functions as far as our chart uses them.
//
//	helm-render CHART RELEASE NAMESPACE [VALUES.yaml …]
package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig"
	"gopkg.in/yaml.v3"
)

type object = map[string]interface{}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// files is Helm's .Files.
type files map[string][]byte

func (f files) Get(name string) string { return string(f[name]) }

func (f files) Glob(pattern string) files {
	found := files{}
	for name, content := range f {
		if ok, _ := path.Match(pattern, name); ok {
			found[name] = content
		}
	}
	return found
}

func (f files) AsConfig() string {
	texts := map[string]string{}
	for name, content := range f {
		texts[path.Base(name)] = string(content)
	}
	return toYaml(texts)
}

func toYaml(value interface{}) string {
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	fail(encoder.Encode(value))
	return strings.TrimSuffix(out.String(), "\n")
}

func fromYaml(text string) object {
	value := object{}
	fail(yaml.Unmarshal([]byte(text), &value))
	return value
}

func load(name string) object {
	content, err := os.ReadFile(name)
	fail(err)
	return fromYaml(string(content))
}

// merge lays over on base, as Helm does with values: maps are joined, null removes, all else replaces.
func merge(base, over object) object {
	for key, value := range over {
		below, isMap := base[key].(object)
		above, isMapToo := value.(object)
		switch {
		case value == nil:
			delete(base, key)
		case isMap && isMapToo:
			base[key] = merge(below, above)
		default:
			base[key] = value
		}
	}
	return base
}

// read finds every file below folder, also behind links, as Helm does.
func read(folder string) files {
	found := files{}
	entries, err := os.ReadDir(folder)
	fail(err)
	for _, entry := range entries {
		name := filepath.Join(folder, entry.Name())
		info, err := os.Stat(name)
		fail(err)
		if info.IsDir() {
			for inside, content := range read(name) {
				found[path.Join(entry.Name(), inside)] = content
			}
			continue
		}
		found[entry.Name()], err = os.ReadFile(name)
		fail(err)
	}
	return found
}

func main() {
	if len(os.Args) < 4 {
		fail(fmt.Errorf("helm-render CHART RELEASE NAMESPACE [VALUES.yaml …]"))
	}
	folder := os.Args[1]
	chart := load(filepath.Join(folder, "Chart.yaml"))
	values := load(filepath.Join(folder, "values.yaml"))
	for _, name := range os.Args[4:] {
		values = merge(values, load(name))
	}
	found := read(folder)

	root := template.New("").Option("missingkey=zero")
	functions := sprig.TxtFuncMap()
	for name, function := range map[string]interface{}{
		"toYaml":   toYaml,
		"fromYaml": fromYaml,
		"b64enc":   func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) },
		"include": func(name string, data interface{}) (string, error) {
			var out strings.Builder
			err := root.ExecuteTemplate(&out, name, data)
			return out.String(), err
		},
		"required": func(message string, value interface{}) (interface{}, error) {
			if value == nil || value == "" {
				return nil, fmt.Errorf("%s", message)
			}
			return value, nil
		},
		"fail": func(message string) (string, error) { return "", fmt.Errorf("%s", message) },
	} {
		functions[name] = function
	}
	root.Funcs(functions)

	var names []string
	for name, content := range found {
		if !strings.HasPrefix(name, "templates/") {
			continue
		}
		_, err := root.New(name).Parse(string(content))
		fail(err)
		if strings.HasSuffix(name, ".yaml") {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	data := object{
		"Values":       values,
		"Files":        found,
		"Release":      object{"Name": os.Args[2], "Namespace": os.Args[3], "Service": "Helm"},
		"Chart":        object{"Name": chart["name"], "Version": chart["version"], "AppVersion": chart["appVersion"]},
		"Capabilities": object{},
		"Template":     object{"BasePath": "templates"},
	}
	var all strings.Builder
	for _, name := range names {
		var out bytes.Buffer
		fail(root.ExecuteTemplate(&out, name, data))
		text := strings.TrimSpace(strings.ReplaceAll(out.String(), "<no value>", ""))
		if text == "" {
			continue
		}
		// What a person would see as wrong, Kubernetes would as well.
		fail(yaml.Unmarshal(out.Bytes(), new(interface{})))
		fmt.Fprintf(&all, "---\n# Source: %s/%s\n%s\n", chart["name"], name, strings.TrimPrefix(text, "---\n"))
	}
	fmt.Print(all.String())
}
