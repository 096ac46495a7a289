package wire

// The bounds of an agenda and its parts; texts in characters as people count them.
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

// Agendas is what a workshop can be planned from, and the facility's own agendas in every
// state. Built-in ones come in the wording of the facility.
type Agendas struct {
	Agendas []AgendaChoice `json:"agendas"`
	Own     []AgendaRow    `json:"own"`
}

// AgendaChoice is an agenda a workshop can be planned from: a built-in one, or the newest
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
	// Published is the newest published version, 0 when there is none; Draft says that a newer
	// one is being written.
	Published int   `json:"published"`
	Draft     bool  `json:"draft"`
	Archived  bool  `json:"archived"`
	SavedAt   int64 `json:"saved_at"`
	// MayEdit and MayArchive are what the asking person may do with it.
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

// Agenda is one version of an agenda, whole. Ver and Rev name it: a draft is saved against
// both; a built-in one has neither.
type Agenda struct {
	ID       string `json:"id"`
	Builtin  bool   `json:"builtin"`
	Language string `json:"language"`
	Title    string `json:"title"`
	// TargetMin is how long it is meant to last.
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

// AgendaRequest begins an own agenda. From is a built-in key, an own agenda's id, or empty for
// one without parts; Language is that of the new one, and of the built-in it comes from.
type AgendaRequest struct {
	From     string `json:"from"`
	Language string `json:"language"`
	Title    string `json:"title"`
}

// AgendaDraftRequest saves the draft. Ver and Rev are those of the draft it was made from; for
// the first change of a published version, Ver is the next number and Rev is 0.
type AgendaDraftRequest struct {
	Ver       int          `json:"ver"`
	Rev       int          `json:"rev"`
	Title     string       `json:"title"`
	TargetMin int          `json:"target_min"`
	Segments  []AgendaPart `json:"segments"`
}

// AgendaSaved names the draft as it is now.
type AgendaSaved struct {
	Ver     int   `json:"ver"`
	Rev     int   `json:"rev"`
	SavedAt int64 `json:"saved_at"`
}

// AgendaPublishRequest publishes the draft that was seen, and no other.
type AgendaPublishRequest struct {
	Ver int `json:"ver"`
	Rev int `json:"rev"`
}

// AgendaArchiveRequest puts an agenda away, or takes it back out.
type AgendaArchiveRequest struct {
	Archived bool `json:"archived"`
}
