import Foundation

/// The OpenAPI document of the HTTP API, as it stands in `http/openapi.yaml`.
public enum HTTPDescription {
    /// - Throws: ``SchemaCatalogError`` if the program was installed without it.
    public static func document() throws(SchemaCatalogError) -> [UInt8] {
        guard let bytes = FileManager.default.contents(atPath: "\(Bundle.module.bundlePath)/http/openapi.yaml") else {
            throw SchemaCatalogError(file: "http/openapi.yaml", reason: "the file cannot be read")
        }
        return Array(bytes)
    }
}
