import AudienceJobs
package import HindsightCore
import HindsightRuntime
package import ZeppelinAdapter

/// Which files of the templates' folder are refused, and why: with or without a server that runs.
package struct TemplateExamination: Sendable {
    private let log: any EventLog
    private let clock: any WallClock
    private let zeppelin: ZeppelinClient?

    /// - Parameter zeppelin: Is asked for the templates' notes; `nil` judges the files alone.
    package init(log: any EventLog, clock: any WallClock, zeppelin: ZeppelinClient?) {
        self.log = log
        self.clock = clock
        self.zeppelin = zeppelin
    }

    /// - Throws: `EventLogError`; what can't be read of the log.
    package func refused(in folder: String) async throws -> [TemplateFiles.Refused] {
        let files = TemplateFiles(folder: folder)
        var refused = files.refused
        for one in files.readable {
            guard let problem = try await problem(of: one.definition) else { continue }
            refused.append(TemplateFiles.Refused(file: one.file, problem: problem))
        }
        return refused.sorted { $0.file < $1.file }
    }

    /// Why jobs can't be run by it; `nil` if they can, or will once it is registered.
    private func problem(of definition: TemplateDefinition) async throws -> String? {
        guard let zeppelin else { return nil }
        let now = clock.now()
        let batch = try DecisionBatch(log: log, identities: RandomIdentities(), now: now)
        let state = try await batch.state(of: Template.self, on: definition.name.stream)
        do {
            let note = try await zeppelin.outline(of: definition)
            _ = try Template.decide(.register(definition, note: note, at: now), given: state)
            return nil
        } catch {
            // A notebook that is away says nothing about a template that it has been asked about before.
            if let error = error as? ZeppelinError, !error.isDefinite, case .registered(let known) = state, known.file == definition {
                return nil
            }
            return "\(error)"
        }
    }
}
