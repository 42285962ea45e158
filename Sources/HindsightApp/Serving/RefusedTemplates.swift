import Synchronization

/// Which templates' files the server has refused until now, and why.
package final class RefusedTemplates: Sendable {
    private let known = Mutex<[String: String]>([:])

    package init() {}

    /// By the names of their files.
    package var all: [TemplateFiles.Refused] {
        known.withLock { $0.sorted { $0.key < $1.key }.map { TemplateFiles.Refused(file: $0.key, problem: $0.value) } }
    }

    /// - Returns: Those that are refused for something else than before.
    func replace(with refused: [TemplateFiles.Refused]) -> [TemplateFiles.Refused] {
        let problems = Dictionary(refused.map { ($0.file, $0.problem) }) { first, _ in first }
        return known.withLock { known in
            let news = refused.filter { known[$0.file] != $0.problem }
            known = problems
            return news
        }
    }
}
