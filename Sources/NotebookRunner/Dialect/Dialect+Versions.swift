/// The versions, newest first: each older one is told by what it does otherwise than the one after it.
extension Dialect {
    package static func named(_ name: Name) -> Dialect {
        switch name {
        case .v0121: v0121
        case .v0120: v0120
        case .v010: v010
        case .v08: v08
        }
    }

    private static let v0121 = Dialect(
        version: "0.12.1",
        placeMember: "notePath",
        places: .strict(refusesTrailingSlash: true),
        hasUniquePaths: true,
        announcesConflicts: true,
        showsPaths: true,
        hasGetByPath: true,
        hasRename: true,
        appendsEmptyParagraph: false,
        clonesNoteSettings: true,
        deletesUnknownNotes: false,
        noteDates: .java11,
        noteStatusIsArray: false,
        idleProgress: "0",
        showsErrorMessage: true,
        disabledRun: .finished,
        unknownInterpreter: .acceptedAndFailed,
        failedSyncRun: .okWithResult,
        syncRunLeavesStatus: false,
        noteRun: .background,
        tripsOverBodyWithoutParams: true,
        params: .replaced,
        recovers: true,
        enforcement: .withLogin,
        removalRight: .writer,
        refusals: [
            .readParagraph: "Insufficient privileges you cannot get this paragraph",
            .readPermissions: "Insufficient privileges you cannot get the list of permissions for this note",
            .readStatus: "Insufficient privileges you cannot get job status",
            .clone: "Insufficient privileges you cannot clone this note",
            .insert: "Insufficient privileges you cannot add paragraph to this note",
            .update: "Insufficient privileges you cannot update this paragraph",
            .configure: "Insufficient privileges you cannot update this paragraph config",
            .runNote: "Insufficient privileges you cannot run job for this note",
            .stopNote: "Insufficient privileges you cannot stop this job for this note",
        ],
        namesWhatIsMissing: true,
        unmappedError: .envelope,
        filtersRequests: true,
        logoutStatus: 403)

    private static let v0120 = v0121.changed { older in
        older.version = "0.12.0"
        older.placeMember = "name"
        older.places = .strict(refusesTrailingSlash: false)
        older.announcesConflicts = false
        older.unmappedError = .exception
        older.filtersRequests = false
    }

    private static let v010 = v0120.changed { older in
        older.version = "0.10.1"
        older.hasGetByPath = false
        older.tripsOverBodyWithoutParams = false
        older.noteDates = .java8
    }

    private static let v08 = v010.changed { older in
        older.version = "0.8.2"
        older.places = .collapsing
        older.hasUniquePaths = false
        older.showsPaths = false
        older.hasRename = false
        older.appendsEmptyParagraph = true
        older.clonesNoteSettings = false
        older.deletesUnknownNotes = true
        older.noteStatusIsArray = true
        older.idleProgress = "100"
        older.showsErrorMessage = false
        older.disabledRun = .ignored
        older.unknownInterpreter = .internalError
        older.failedSyncRun = .internalErrorWithResult
        older.syncRunLeavesStatus = true
        older.noteRun = .blocking
        older.params = .merged
        older.recovers = false
        older.enforcement = .unlessAnonymousAllowed
        older.removalRight = .reader
        // There is no service below the REST interface yet, so every deed has words of its own.
        older.refusals.merge([
            .readNote: "Insufficient privileges you cannot get this note",
            .delete: "Insufficient privileges you cannot delete this note",
            .move: "Insufficient privileges you cannot move paragraph",
            .remove: "Insufficient privileges you cannot remove paragraph from this note",
            .clear: "Insufficient privileges you cannot clear this note",
            .runParagraph: "Insufficient privileges you cannot run job for this note",
            .stopParagraph: "Insufficient privileges you cannot stop paragraph",
        ]) { $1 }
        older.namesWhatIsMissing = false
        older.unmappedError = .page
        older.logoutStatus = 401
    }

    private func changed(_ body: (inout Dialect) -> Void) -> Dialect {
        var copy = self
        body(&copy)
        return copy
    }
}
