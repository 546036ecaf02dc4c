package core

import (
	"regexp"
	"strings"

	"github.com/libremotestore/libremotestore/core/errs"
)

// compilePattern compiles the pattern of one segment.
func compilePattern(pattern string) (*regexp.Regexp, error) {
	if err := checkLength(pattern); err != nil {
		return nil, err
	}
	expression, _ := translate(pattern, `.`)
	return compile(expression)
}

// glob is a pattern for whole paths.
type glob struct {
	path   *regexp.Regexp
	folder string // that all matches are in; "" is the root
	levels int    // of it, in which they are; 0 is all
}

func compileGlob(pattern string) (glob, error) {
	if err := checkLength(pattern); err != nil {
		return glob{}, err
	}
	clean, err := CleanPath(pattern)
	if err != nil {
		return glob{}, err
	}
	segments := strings.Split(clean, "/")
	var expression strings.Builder
	var g glob
	literal := true // so far
	for i, segment := range segments {
		last := i == len(segments)-1
		if segment == "**" {
			literal, g.levels = false, -1
			if last {
				expression.WriteString(`.+`)
			} else {
				expression.WriteString(`(?:[^/]+/)*`)
			}
			continue
		}
		if strings.Contains(segment, "**") {
			return glob{}, errs.New(errs.InvalidArgument, `"**" must be a whole segment of the pattern, as in "a/**/b", but is part of %q`, segment)
		}
		translated, plain := translate(segment, `[^/]`)
		expression.WriteString(translated)
		if !last {
			expression.WriteByte('/')
		}
		literal = literal && plain && !last
		switch {
		case literal && g.folder == "":
			g.folder = segment
		case literal:
			g.folder += "/" + segment
		case g.levels >= 0:
			g.levels++
		}
	}
	g.levels = max(g.levels, 0)
	g.path, err = compile(expression.String())
	return g, err
}

// maxPattern is more than any key can have that it would match.
const maxPattern = 4096

func checkLength(pattern string) error {
	if len(pattern) > maxPattern {
		return errs.New(errs.InvalidArgument, "the pattern has %d bytes, but at most %d are possible", len(pattern), maxPattern)
	}
	return nil
}

func compile(expression string) (*regexp.Regexp, error) {
	compiled, err := regexp.Compile(`\A(?s:` + expression + `)\z`)
	if err != nil {
		return nil, errs.New(errs.InvalidArgument, "the pattern has a set that cannot be: is a range in [...] the wrong way round?")
	}
	return compiled, nil
}

// translate makes a regular expression of a pattern in which a wildcard is any
// character of the class any. plain says that there is no wildcard in it.
func translate(pattern, any string) (expression string, plain bool) {
	var b strings.Builder
	plain = true
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; c {
		case '*':
			plain = false
			b.WriteString(any + `*`)
		case '?':
			plain = false
			b.WriteString(any)
		case '[':
			set, length := translateSet(pattern[i:], any)
			if length == 0 { // it is not closed
				b.WriteString(`\[`)
				continue
			}
			plain = false
			b.WriteString(set)
			i += length - 1
		default:
			b.WriteString(regexp.QuoteMeta(pattern[i : i+1]))
		}
	}
	return b.String(), plain
}

// translateSet translates the set that pattern begins with, and tells its
// length; 0 if it is not closed. A ']' that comes first is part of the set.
func translateSet(pattern, any string) (expression string, length int) {
	body := pattern[1:]
	negated := strings.HasPrefix(body, "!")
	if negated {
		body = body[1:]
	}
	end := strings.IndexByte(body[min(1, len(body)):], ']') + 1
	if end == 0 || len(body) == 0 {
		return "", 0
	}
	quoted := strings.NewReplacer(`\`, `\\`, `[`, `\[`, `]`, `\]`, `^`, `\^`, `&`, `\&`, `~`, `\~`).Replace(body[:end])
	length = len(pattern) - len(body) + end + 1
	if !negated {
		return "[" + quoted + "]", length
	}
	if any != "." {
		quoted += "/"
	}
	return "[^" + quoted + "]", length
}

func lastSegment(path string) string {
	return path[strings.LastIndexByte(path, '/')+1:]
}
