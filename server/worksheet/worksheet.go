// Package worksheet holds the rules of sealed documents: the order of readers, storage limits per
// person, and the form of an upload. It never sees their text.
package worksheet

import (
	"amends/server/fault"
	"amends/server/id"
)

// The kinds of sealed documents that are saved (`typ` of the sealing format): a page, the note to
// oneself beside it, and a mentor's feedback on it. A counselor's note is saved elsewhere.
const (
	Page     = "worksheet"
	Mine     = "mine"
	Feedback = "feedback"
	Note     = "note"
)

// Faults of saving.
var (
	ErrMovedOn       = fault.New(fault.Conflict, "worksheet.moved_on", "This page was changed on another device. Both versions are kept.")
	ErrReaderRefused = fault.New(fault.Forbidden, "worksheet.reader_refused", "One of the readers may not read this page any more.")
	ErrFull          = fault.New(fault.Conflict, "worksheet.full", "There is no more room for pages. You can delete some.").With("file", "has no more room")
)

// Limits per person, from section 8 of the sealing format; that of documents is in app.Tables.
const (
	MaxBytes = 64 << 20
	// KeepVersions counts the current version and ten before it.
	KeepVersions = 11
)

// CheckReaders checks the order the format requires: the author first, then the others by account.
// Fault: input.invalid.
func CheckReaders(readers []id.Member, author id.Member) error {
	bad := fault.New(fault.Invalid, "input.invalid", "Some fields need another look.")
	if len(readers) == 0 || readers[0] != author {
		return bad.With("readers", "the author leads the readers")
	}
	for i := 2; i < len(readers); i++ {
		a, b := readers[i-1].Bytes(), readers[i].Bytes()
		if string(a[:]) >= string(b[:]) {
			return bad.With("readers", "are not in the order of their accounts")
		}
	}
	return nil
}

// CheckRoom refuses more than one person's storage limits. Fault: worksheet.full.
func CheckRoom(documents, bytes, mostDocuments int64) error {
	if documents > mostDocuments || bytes > MaxBytes {
		return ErrFull
	}
	return nil
}
