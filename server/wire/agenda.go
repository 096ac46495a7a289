package wire

// Limits of an agenda and its parts; lengths of texts are in Unicode code points.
const (
	MaxAgendaTitle   = 80
	MaxAgendaParts   = 30
	MinAgendaMinutes = 15
	MaxAgendaMinutes = 240
	MaxPartTitle     = 40
	MaxPartMinutes   = 90
	MaxPartPrompt    = 400
	MaxPartStageText = 240
	MaxPartPoints    = 12
	MaxPartPoint     = 160
	MinShareSec      = 30
	MaxShareSec      = 600
	MaxPartShares    = 50
)

// Agendas has the agendas that a workshop can be scheduled from, and the facility's own agendas in
// every state. Built-in ones are in the facility's wording.
type Agendas struct {
	Agendas []AgendaChoice `json:"agendas"`
	Own     []AgendaRow    `json:"own"`
}

// AgendaChoice is an agenda that a workshop can be scheduled from: a built-in one, or the newest
// published version of an own one. Key is the built-in's key or the own agenda's id.
type AgendaChoice struct {
	Key      string          `json:"key"`
	Title    string          `json:"title"`
	Minutes  int             `json:"minutes"`
	Language string          `json:"language"`
	Builtin  bool            `json:"builtin"`
	Segments []AgendaSegment `json:"segments"`
}

// AgendaSegment is one line of an agenda's preview.
type AgendaSegment struct {
	Type    string `json:"type"`
	Title   string `json:"title"`
	Minutes int    `json:"minutes"`
}

// AgendaRow is one of the facility's own agendas in the library, as its newest version has it.
type AgendaRow struct {
	ID         string `json:"id"`
	Title      string `json:"title"`
	Language   string `json:"language"`
	Minutes    int    `json:"minutes"`
	Parts      int    `json:"parts"`
	AuthorName string `json:"author_name"`
	// Published is the newest published version, 0 for none; Draft means that a draft newer than it
	// exists.
	Published int   `json:"published"`
	Draft     bool  `json:"draft"`
	Archived  bool  `json:"archived"`
	SavedAt   int64 `json:"saved_at"`
	// MayEdit and MayArchive are the caller's permissions on it.
	MayEdit    bool `json:"may_edit"`
	MayArchive bool `json:"may_archive"`
}

// AgendaPart is one segment of an agenda with all its fields.
type AgendaPart struct {
	Type       string   `json:"type"`
	Title      string   `json:"title"`
	PlannedMin int      `json:"planned_min"`
	Prompt     string   `json:"prompt"`
	StageText  string   `json:"stage_text"`
	Points     []string `json:"points"`
	Queue      bool     `json:"queue"`
	Worksheet  string   `json:"worksheet"`
	ShareSec   int      `json:"share_sec"`
	MaxShares  int      `json:"max_shares"`
}

// Agenda is one whole version of an agenda. Ver and Rev identify it: a draft is saved with both as
// compare-and-set. A built-in agenda has neither.
type Agenda struct {
	ID       string `json:"id"`
	Builtin  bool   `json:"builtin"`
	Language string `json:"language"`
	Title    string `json:"title"`
	// TargetMin is the planned total length in minutes.
	TargetMin int             `json:"target_min"`
	Segments  []AgendaPart    `json:"segments"`
	Ver       int             `json:"ver"`
	Rev       int             `json:"rev"`
	Draft     bool            `json:"draft"`
	Archived  bool            `json:"archived"`
	SavedAt   int64           `json:"saved_at"`
	SavedBy   string          `json:"saved_by"`
	MayEdit   bool            `json:"may_edit"`
	Versions  []AgendaVersion `json:"versions"`
}

// AgendaVersion is one published version, newest first.
type AgendaVersion struct {
	Ver         int    `json:"ver"`
	Title       string `json:"title"`
	Minutes     int    `json:"minutes"`
	Parts       int    `json:"parts"`
	PublishedAt int64  `json:"published_at"`
	ByName      string `json:"by_name"`
}

// AgendaRequest creates an own agenda. From is a built-in key, an own agenda's id, or empty for an
// agenda without parts; Language is that of the new agenda, and selects the built-in's translation.
type AgendaRequest struct {
	From     string `json:"from"`
	Language string `json:"language"`
	Title    string `json:"title"`
}

// AgendaDraftRequest saves the draft by compare-and-set. Ver and Rev are of the draft it was edited
// from; for the first change after a published version, Ver is the next number and Rev is 0.
type AgendaDraftRequest struct {
	Ver       int          `json:"ver"`
	Rev       int          `json:"rev"`
	Title     string       `json:"title"`
	TargetMin int          `json:"target_min"`
	Segments  []AgendaPart `json:"segments"`
}

// AgendaSaved identifies the draft as saved.
type AgendaSaved struct {
	Ver     int   `json:"ver"`
	Rev     int   `json:"rev"`
	SavedAt int64 `json:"saved_at"`
}

// AgendaPublishRequest publishes the draft that the person saw; another one is refused.
type AgendaPublishRequest struct {
	Ver int `json:"ver"`
	Rev int `json:"rev"`
}

// AgendaArchiveRequest archives an agenda or restores it.
type AgendaArchiveRequest struct {
	Archived bool `json:"archived"`
}
