/// One version of Zeppelin's contract: everything in which versions differ, and nothing that they share.
///
/// The rest of the runner asks these members and never for a version, so a further version is one more value of this type.
/// Source: the public source of apache/zeppelin at tags v0.8.2, v0.10.1, v0.12.0 and v0.12.1 (read 2026-11).
package struct Dialect: Sendable {
    package enum Name: String, Sendable, CaseIterable {
        case v08 = "0.8"
        case v010 = "0.10"
        case v0120 = "0.12.0"
        case v0121 = "0.12.1"

        /// The full version that the name stands for.
        package var version: String { Dialect.named(self).version }
    }

    /// How an error looks that Zeppelin did not foresee: a null, bad JSON, an index, a path that is taken.
    enum UnmappedError {
        /// Jetty's page in HTML, with status 500.
        case page
        /// `exception`, `message` and `stacktrace`, without `status`.
        case exception
        /// `{"status":"error","message":"Internal server error"}`.
        case envelope
    }

    /// What a POST does to a paragraph that is disabled.
    enum DisabledRun {
        /// Nothing: it is READY for ever.
        case ignored
        /// It is FINISHED at once, without having run.
        case finished
    }

    /// What becomes of a run whose interpreter is unknown; the paragraph is in ERROR in any case.
    enum UnknownInterpreter {
        case internalError
        /// 200, as for any other run.
        case acceptedAndFailed
    }

    /// What a synchronous run answers when the paragraph fails.
    enum FailedSyncRun {
        /// 500 with the result as body.
        case internalErrorWithResult
        /// 200 with a result whose code is ERROR.
        case okWithResult
    }

    enum NoteRun {
        /// The answer comes when all paragraphs have run, with 412 for an error.
        case blocking
        /// The answer comes at once, unless it is asked to wait; a second run while one goes on is refused.
        case background
    }

    enum Params {
        case merged
        case replaced
    }

    /// When the four lists of a note bind anybody.
    enum Enforcement {
        /// Unless `zeppelin.anonymous.allowed` is true, which is its default even where a login is configured.
        case unlessAnonymousAllowed
        /// Where a login is configured.
        case withLogin
    }

    /// How a date of a paragraph is written, which follows the Java that the version usually runs on.
    enum NoteDates {
        /// `Nov 21, 2026 10:17:51 AM`.
        case java8
        /// `Nov 21, 2026, 10:17:51 AM`.
        case java11
    }

    // MARK: Notes

    var version: String
    /// The member of a body that names the place of a new note or clone; any other is ignored.
    var placeMember: String
    var places: NotePath.Rules
    /// Whether there is one note at a path; where not, a second clone is a second note of the same name.
    var hasUniquePaths: Bool
    /// Whether a path that is taken is a 409 for create, import and rename; a clone gets the unmapped error in any case.
    var announcesConflicts: Bool
    /// Whether a note shows a `path`; where not, its `name` is the whole place without a leading `/`.
    var showsPaths: Bool
    var hasGetByPath: Bool
    var hasRename: Bool
    /// Whether a new note gets one more, empty paragraph unasked.
    var appendsEmptyParagraph: Bool
    /// Whether a clone takes over the note's own configuration, info, parameters and forms.
    var clonesNoteSettings: Bool
    /// Whether to delete a note that is not there is a success.
    var deletesUnknownNotes: Bool
    var noteDates: NoteDates

    // MARK: Runs

    /// Whether the status of a note is a bare array of its paragraphs.
    var noteStatusIsArray: Bool
    /// The progress of a paragraph that is READY or PENDING.
    var idleProgress: String
    var showsErrorMessage: Bool
    var disabledRun: DisabledRun
    var unknownInterpreter: UnknownInterpreter
    var failedSyncRun: FailedSyncRun
    /// Whether a synchronous run goes past the paragraph's status.
    var syncRunLeavesStatus: Bool
    var noteRun: NoteRun
    /// Whether a run of a note is an error where the body has no `params`.
    var tripsOverBodyWithoutParams: Bool
    var params: Params
    /// Whether a server that is started with recovery runs again what its last life left pending or running.
    var recovers: Bool

    // MARK: Rights and errors

    var enforcement: Enforcement
    /// The right that removes a paragraph.
    var removalRight: Permissions.Right
    /// How a refusal words a deed. A deed without words gets those of the service below the REST interface.
    var refusals: [Deed: String]
    /// Whether "not found" names what was looked for.
    var namesWhatIsMissing: Bool
    var unmappedError: UnmappedError
    /// Whether foreign origins and bodies that are neither JSON nor a form are refused.
    var filtersRequests: Bool
    var logoutStatus: Int
}

/// What somebody wants with a note.
package enum Deed: Sendable, Hashable {
    case readNote, readParagraph, readPermissions, readStatus
    case clone, rename, delete, setPermissions, clear
    case insert, update, configure, move, remove
    case runParagraph, runNote, stopParagraph, stopNote

    /// The right that it takes in every version but for the removal of a paragraph.
    var right: Permissions.Right {
        switch self {
        case .readNote, .readParagraph, .readPermissions, .readStatus: .reader
        case .clone, .insert, .update, .configure, .move, .remove, .clear: .writer
        case .runParagraph, .runNote, .stopParagraph, .stopNote: .runner
        case .rename, .delete, .setPermissions: .owner
        }
    }
}
