package import AudienceJobs
import Foundation

/// The files of the templates' folder, as they are now.
package struct TemplateFiles: Sendable {
    package struct Readable: Sendable, Equatable {
        package let file: String
        package let definition: TemplateDefinition
    }

    /// A file that no job can be run by.
    package struct Refused: Sendable, Equatable, Encodable {
        /// Its name in the folder; that of the folder where it can't be read.
        package let file: String
        package let problem: String

        package init(file: String, problem: String) {
            self.file = file
            self.problem = problem
        }
    }

    /// In the order of their names.
    package let readable: [Readable]
    package let refused: [Refused]

    package init(folder: String) {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }
        } catch {
            (readable, refused) = ([], [Refused(file: URL(filePath: folder).lastPathComponent, problem: "the folder cannot be read")])
            return
        }
        var found: [Readable] = []
        var refused: [Refused] = []
        for file in names.sorted() {
            guard let content = FileManager.default.contents(atPath: "\(folder)/\(file)") else {
                refused.append(Refused(file: file, problem: "the file cannot be read"))
                continue
            }
            do throws(TemplateProblem) {
                found.append(Readable(file: file, definition: try TemplateFile.read(yaml: String(decoding: content, as: UTF8.self))))
            } catch {
                refused.append(Refused(file: file, problem: "\(error)"))
            }
        }
        let byName = Dictionary(grouping: found, by: \.definition.name)
        readable = found.filter { byName[$0.definition.name]?.count == 1 }
        // Whichever came last would win, without a word, and each start would register all of them anew.
        for one in found {
            let others = byName[one.definition.name, default: []].map(\.file).filter { $0 != one.file }
            guard !others.isEmpty else { continue }
            let problem = TemplateProblem(
                pointer: "/name", reason: "is \(one.definition.name), as in \(others.joined(separator: ", ")): each template has one file")
            refused.append(Refused(file: one.file, problem: "\(problem)"))
        }
        self.refused = refused.sorted { $0.file < $1.file }
    }
}
