import AudienceJobs
import Foundation
import Logging

/// The folder of the templates' files: each is registered once it and its note can be read, and again when it changes.
struct TemplateFolder: Sendable {
    private let path: String
    private let service: AudienceService
    private let refused: RefusedTemplates
    private let logger: Logger
    /// Between two looks at the folder.
    private static let pause = Duration.seconds(2)

    init(_ path: String, service: AudienceService, refused: RefusedTemplates, logger: Logger) {
        self.path = path
        self.service = service
        self.refused = refused
        self.logger = logger
    }

    /// Watches until the task is cancelled; trouble with a file is told once, and tried again.
    func run() async {
        var registered: [String: TemplateDefinition] = [:]
        while !Task.isCancelled {
            let files = TemplateFiles(folder: path)
            var troubles = files.refused
            for one in files.readable where registered[one.file] != one.definition {
                do {
                    try await service.register(one.definition)
                    registered[one.file] = one.definition
                    logger.info("template is registered", metadata: ["file": "\(one.file)", "template": "\(one.definition.name)"])
                } catch is CancellationError {
                    return
                } catch {
                    troubles.append(TemplateFiles.Refused(file: one.file, problem: "\(error)"))
                }
            }
            // What is refused counts as new when it can be read again: another file may have been registered under its name.
            for file in files.refused { registered[file.file] = nil }
            for trouble in refused.replace(with: troubles) {
                logger.warning(
                    "template is not registered yet", metadata: ["file": "\(trouble.file)", "error": "\(trouble.problem)"])
            }
            do { try await Task.sleep(for: Self.pause) } catch { return }
        }
    }
}
