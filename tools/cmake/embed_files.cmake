# Writes a .cpp that holds files as string literals. Run as a script:
#   cmake -DOUTPUT=x.cpp -DROOT=share -DFILES="a;b" -P embed_files.cmake
# The .cpp defines tollgate::cli::starter_files() of src/app/cli/starter.hpp.
list(SORT FILES)
set(rows "")
list(LENGTH FILES count)
foreach(file ${FILES})
  file(READ ${ROOT}/${file} text)
  string(APPEND rows "    {\"${file}\", R\"EMBED(${text})EMBED\"},\n")
endforeach()
file(WRITE ${OUTPUT}.new "// Generated from the files below share/.
#include \"app/cli/starter.hpp\"

#include <array>

namespace tollgate::cli {

std::span<const StarterFile> starter_files() {
  static constexpr std::array<StarterFile, ${count}> files = {{
${rows}  }};
  return files;
}

}  // namespace tollgate::cli
")
file(RENAME ${OUTPUT}.new ${OUTPUT})
