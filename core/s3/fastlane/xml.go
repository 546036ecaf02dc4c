package fastlane

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"
)

// scanner reads XML 1.0 as far as listings are written in it: names are ASCII and
// have no prefix, and there is no document type. All that it takes is well-formed,
// but for an attribute that is there twice. What follows an error does nothing.
type scanner struct {
	in    []byte // what is to be read
	texts []byte // what was read of it: character data, decoded
	bad   bool
}

// deepest is how many elements that nobody knows may be in one another.
const deepest = 32

func (s *scanner) fail() { s.in, s.bad = nil, true }

func (s *scanner) of(v span) []byte { return s.texts[v.from:v.to] }

// drop forgets a text, which is the last one.
func (s *scanner) drop(v span) { s.texts = s.texts[:v.from] }

// span is a part of the texts that a scanner has read.
type span struct{ from, to int }

// field goes on to the next child of parent that has one of the names, and skips the
// others. It is -1 at the end of parent. A child that is in seen is there twice, which is
// an error; so is a name that differs only in case, because the SDK takes it for the same.
func (s *scanner) field(parent tag, names []string, seen *uint) (int, tag) {
	for !parent.empty && !s.bad {
		s.space()
		if s.atEnd() {
			s.end(parent)
			break
		}
		field, t := s.known(names)
		if field < 0 {
			s.skip(t, 1)
			continue
		}
		if *seen&(1<<field) != 0 {
			s.fail()
			break
		}
		*seen |= 1 << field
		return field, t
	}
	return -1, tag{}
}

// known reads a start tag, and tells which of the names it has, or -1.
func (s *scanner) known(names []string) (int, tag) {
	for i, name := range names { // without attributes, as nearly all
		n := len("<") + len(name)
		if len(s.in) > n && s.in[n] == '>' && string(s.in[1:n]) == name {
			t := tag{name: s.in[1:n]}
			s.in = s.in[n+1:]
			return i, t
		}
	}
	t := s.tag()
	for i, name := range names {
		if name == string(t.name) {
			return i, t
		}
		if len(name) == len(t.name) && strings.EqualFold(name, string(t.name)) {
			s.fail()
		}
	}
	return -1, t
}

// value is the text of an element that has no others in it.
func (s *scanner) value(t tag) span {
	from := len(s.texts)
	if text, ok := s.plain(t); ok {
		s.texts = append(s.texts, text...)
	} else if !t.empty {
		s.text()
		s.end(t)
	}
	return span{from, len(s.texts)}
}

// fleeting is the same for as long as no other text is read.
func (s *scanner) fleeting(t tag) []byte {
	if text, ok := s.plain(t); ok {
		return text
	}
	v := s.value(t)
	s.drop(v)
	return s.texts[v.from:v.to]
}

// plain reads the text and the end tag of an element, if both are written in the
// simplest way, as nearly all are.
func (s *scanner) plain(t tag) ([]byte, bool) {
	in, i := s.in, 0
	for i < len(in) && byteClass[in[i]]&notText == 0 {
		i++
	}
	n := i + len("</") + len(t.name)
	if t.empty || n >= len(in) || in[n] != '>' || in[i] != '<' || in[i+1] != '/' || string(in[i+2:n]) != string(t.name) {
		return nil, false
	}
	s.in = in[n+1:]
	return in[:i], true
}

// either tells whether the text of an element is the second of the two that it may be.
func (s *scanner) either(t tag, no, yes string) bool {
	text := s.fleeting(t)
	if string(text) != no && string(text) != yes {
		s.fail()
	}
	return string(text) == yes
}

func (s *scanner) skip(t tag, depth int) {
	if depth > deepest {
		s.fail()
	}
	for !t.empty && !s.bad {
		from := len(s.texts)
		s.text()
		s.texts = s.texts[:from]
		if s.atEnd() {
			s.end(t)
			return
		}
		s.skip(s.tag(), depth+1)
	}
}

// space reads text that is nothing but white space.
func (s *scanner) space() {
	if s.atTag() {
		return
	}
	from := len(s.texts)
	s.text()
	if len(bytes.Trim(s.texts[from:], " \t\n\r")) > 0 {
		s.fail()
	}
	s.texts = s.texts[:from]
}

// text reads what is in front of the next tag, and adds it to the texts.
func (s *scanner) text() {
	for !s.bad && !s.atTag() {
		switch i := bytes.IndexByte(s.in, '<'); {
		case i > 0:
			text := s.in[:i]
			s.in = s.in[i:]
			s.characters(text, true)
		case s.takes("<![CDATA["):
			s.characters(s.until("]]>"), false)
		case !s.remark():
			s.fail()
		}
	}
}

// atTag tells whether a tag is next; after an error, it is none.
func (s *scanner) atTag() bool {
	return len(s.in) > 1 && s.in[0] == '<' && s.in[1] != '!' && s.in[1] != '?'
}

// atEnd tells whether an end tag is next.
func (s *scanner) atEnd() bool {
	return len(s.in) > 1 && s.in[0] == '<' && s.in[1] == '/'
}

// misc reads what may be outside of the root.
func (s *scanner) misc() {
	for !s.bad {
		s.in = bytes.TrimLeft(s.in, " \t\r\n")
		if !s.remark() {
			return
		}
	}
}

// remark reads a comment or a processing instruction, if there is one.
func (s *scanner) remark() bool {
	from := len(s.texts)
	switch {
	case len(s.in) < 2 || s.in[0] != '<' || s.in[1] != '!' && s.in[1] != '?':
		return false
	case s.takes("<!--"):
		s.characters(s.until("--"), false)
		if !s.takes(">") {
			s.fail()
		}
	case s.takes("<?"):
		target := s.name()
		if strings.EqualFold(string(target), "xml") { // it is at the beginning or nowhere
			s.fail()
		}
		if !s.takes("?>") {
			if !s.blank() {
				s.fail()
			}
			s.characters(s.until("?>"), false)
		}
	default:
		s.fail()
	}
	s.texts = s.texts[:from]
	return true
}

// declaration reads the XML declaration, if there is one.
func (s *scanner) declaration() {
	if !s.takes("<?xml") {
		return
	}
	versioned := false
	for !s.bad {
		spaced := s.blank()
		if versioned && s.takes("?>") {
			return
		}
		if !spaced {
			s.fail()
		}
		name, v := s.attribute()
		value := string(s.of(v))
		s.drop(v)
		switch {
		case string(name) == "version" && value == "1.0":
			versioned = true
		case string(name) == "encoding" && strings.EqualFold(value, "utf-8"):
		case string(name) == "standalone" && (value == "yes" || value == "no"):
		default:
			s.fail()
		}
	}
}

// tag is a start tag; its attributes are read over.
type tag struct {
	name  []byte
	empty bool // it is an end tag as well
}

func (s *scanner) tag() tag {
	if !s.takes("<") {
		s.fail()
	}
	name := s.name()
	for !s.bad {
		spaced := s.blank()
		if s.takes(">") {
			return tag{name, false}
		}
		if s.takes("/>") {
			return tag{name, true}
		}
		if !spaced {
			s.fail()
		}
		_, v := s.attribute()
		s.drop(v)
	}
	return tag{}
}

// end reads the end tag that belongs to t.
func (s *scanner) end(t tag) {
	n := len("</") + len(t.name)
	if s.atEnd() && len(s.in) > n && s.in[n] == '>' && string(s.in[2:n]) == string(t.name) { // nearly always
		s.in = s.in[n+1:]
		return
	}
	if !s.takes("</") || string(s.name()) != string(t.name) {
		s.fail()
	}
	s.blank()
	if !s.takes(">") {
		s.fail()
	}
}

func (s *scanner) attribute() (name []byte, value span) {
	name = s.name()
	if s.takes(":") {
		s.name()
		name = nil
	}
	s.blank()
	if !s.takes("=") {
		s.fail()
	}
	s.blank()
	from := len(s.texts)
	switch {
	case s.takes(`"`):
		s.characters(s.until(`"`), true)
	case s.takes("'"):
		s.characters(s.until("'"), true)
	default:
		s.fail()
	}
	return name, span{from, len(s.texts)}
}

func (s *scanner) name() []byte {
	i := 0
	for i < len(s.in) && byteClass[s.in[i]]&nameByte != 0 {
		i++
	}
	if i == 0 || byteClass[s.in[0]]&nameStart == 0 {
		s.fail()
		return nil
	}
	name := s.in[:i]
	s.in = s.in[i:]
	return name
}

// blank reads white space, and tells whether there is any.
func (s *scanner) blank() bool {
	i := 0
	for i < len(s.in) && (s.in[i] == ' ' || s.in[i] == '\n' || s.in[i] == '\t' || s.in[i] == '\r') {
		i++
	}
	s.in = s.in[i:]
	return i > 0
}

// takes reads the mark, if it is next.
func (s *scanner) takes(mark string) bool {
	if len(s.in) < len(mark) || string(s.in[:len(mark)]) != mark {
		return false
	}
	s.in = s.in[len(mark):]
	return true
}

// until reads over the next mark, and returns what is in front of it.
func (s *scanner) until(mark string) []byte {
	before, after, found := bytes.Cut(s.in, []byte(mark))
	if !found {
		s.fail()
		return nil
	}
	s.in = after
	return before
}

// byteClass tells what a byte may be.
var byteClass [256]byte

const (
	nameStart = 1 << iota // the first of a name
	nameByte              // in a name
	notText               // not text as it is, or not always
)

func init() {
	for c := range byte(' ') {
		byteClass[c] = notText
	}
	byteClass['\t'], byteClass['\n'] = 0, 0
	for _, c := range []byte("&<]\xEF") { // the last one begins U+FFFE
		byteClass[c] = notText
	}
	for c := range byte(26) {
		byteClass['a'+c], byteClass['A'+c] = nameStart|nameByte, nameStart|nameByte
	}
	byteClass['_'] = nameStart | nameByte
	for _, c := range []byte("0123456789-.") {
		byteClass[c] = nameByte
	}
}

// characters adds raw to the texts, with the ends of lines as XML 1.0 has them (2.11).
// What is not marked up, as in CDATA, has no references.
func (s *scanner) characters(raw []byte, marked bool) {
	for {
		i := 0
		for i < len(raw) && byteClass[raw[i]]&notText == 0 {
			i++
		}
		s.texts = append(s.texts, raw[:i]...)
		if i == len(raw) {
			return
		}
		raw = raw[i:]
		n := 1
		switch c := raw[0]; {
		case c == '\r':
			s.texts = append(s.texts, '\n')
			if len(raw) > 1 && raw[1] == '\n' {
				n = 2
			}
		case c == '&' && marked:
			var r rune
			if r, n = reference(raw); n == 0 {
				s.fail()
				return
			}
			s.texts = utf8.AppendRune(s.texts, r)
		case c < ' ', c == '<' && marked,
			c == ']' && bytes.HasPrefix(raw, []byte("]]>")),
			c == 0xEF && !isCharacter(firstRune(raw)):
			s.fail()
			return
		default:
			s.texts = append(s.texts, c)
		}
		raw = raw[n:]
	}
}

func firstRune(b []byte) rune {
	r, _ := utf8.DecodeRune(b)
	return r
}

// isCharacter tells whether there is a way to write r (XML 1.0, 2.2).
func isCharacter(r rune) bool {
	return r >= ' ' && r != 0xFFFE && r != 0xFFFF && utf8.ValidRune(r) || r == '\t' || r == '\n' || r == '\r'
}

// reference returns the character that raw begins with a reference to, and the length
// of the reference, which is 0 if it is none.
func reference(raw []byte) (rune, int) {
	if bytes.HasPrefix(raw, []byte("&quot;")) { // two of each ETag
		return '"', len("&quot;")
	}
	name, _, found := bytes.Cut(raw[1:], []byte(";"))
	if !found {
		return 0, 0
	}
	var r rune
	switch string(name) {
	case "amp":
		r = '&'
	case "lt":
		r = '<'
	case "gt":
		r = '>'
	case "apos":
		r = '\''
	default:
		number, found := bytes.CutPrefix(name, []byte("#"))
		if !found {
			return 0, 0
		}
		base := 10
		if hex, found := bytes.CutPrefix(number, []byte("x")); found {
			number, base = hex, 16
		}
		n, err := strconv.ParseUint(string(number), base, 31)
		if r = rune(n); err != nil || !isCharacter(r) {
			return 0, 0
		}
	}
	return r, 1 + len(name) + 1
}
