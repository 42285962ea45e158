import AudienceJobs
import HindsightCore

/// What a slow network leaves behind: a clone or a paragraph whose request arrived after it had been given up and sent again.
extension ZeppelinPerformer {
    /// The sweep as an effect of its own. Doing it again harms nobody, so whatever came between, it counts as not done.
    func sweep(_ request: SweepRequest) async throws -> EffectOutcome {
        do {
            try await sweep(beside: request.noteId)
            return .succeeded([:])
        } catch let error as ZeppelinError {
            return .notDone(reason: "\(error)")
        }
    }

    /// Removes what stands beside the note and the paragraphs that a job used, as far as nobody has touched it.
    ///
    /// What may not be removed is left: it is in nobody's way.
    func sweep(beside id: String) async throws {
        do {
            let kept = try await zeppelin.note(id)
            for paragraph in kept.surplusParameters { try await zeppelin.remove(paragraph.id, from: kept.id) }
            guard try await !zeppelin.dialect().hasUniquePaths else { return }
            let ids = kept.paragraphs.map(\.id)
            for other in try await zeppelin.notes(at: kept.path) where other.id != kept.id && other.isUntouched {
                // Perhaps not all of it was copied before the server was stopped.
                let isClone = other.paragraphs.allSatisfy { ids.contains($0.id) }
                if isClone, try await isOurs(other) { try await zeppelin.delete(other.id) }
            }
        } catch let error as ZeppelinError where error.isDefinite {
            return
        }
    }
}

extension ZeppelinNote {
    /// Paragraphs with parameters that never ran, beside one of the same title that did.
    fileprivate var surplusParameters: [Paragraph] {
        let used = Set(paragraphs.filter { !$0.isUntouched }.map(\.title))
        return paragraphs.filter {
            $0.title.hasPrefix(ParametersParagraph.titlePrefix) && $0.isUntouched && used.contains($0.title)
        }
    }
}
